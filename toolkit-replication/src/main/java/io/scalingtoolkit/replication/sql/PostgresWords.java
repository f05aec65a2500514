// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

/**
 * What PostgreSQL's words mean without looking at a server, as of version 18. The functions are the
 * ones that pg_proc calls stable or immutable and that applications use, and the few volatile ones
 * that only answer differently each time.
 */
final class PostgresWords {
  /** Volatile in pg_proc, and yet the same on a standby: they write and lock nothing. */
  static final String HARMLESS_VOLATILE =
      """
      random random_normal array_sample array_shuffle clock_timestamp timeofday gen_random_uuid
      uuidv4 uuidv7 uuid_generate_v4 gen_random_bytes pg_sleep pg_sleep_for pg_sleep_until
      """;

  /** Not volatile in pg_proc, and yet the answer belongs to the session or to the one server. */
  static final String SERVER_STATE =
      """
      current_setting version inet_client_addr inet_client_port inet_server_addr inet_server_port
      txid_current txid_current_if_assigned txid_current_snapshot txid_snapshot_xip
      txid_snapshot_xmax txid_snapshot_xmin txid_status txid_visible_in_snapshot currval lastval
      query_to_xml query_to_xmlschema query_to_xml_and_xmlschema table_to_xml table_to_xmlschema
      table_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema schema_to_xml
      schema_to_xmlschema schema_to_xml_and_xmlschema database_to_xml database_to_xmlschema
      database_to_xml_and_xmlschema ts_stat ts_rewrite
      """;

  private static final String SESSION_FUNCTIONS =
      """
      set_config setseed pg_advisory_lock pg_advisory_lock_shared pg_try_advisory_lock
      pg_try_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_shared
      pg_advisory_unlock_all dblink_connect dblink_connect_u dblink_disconnect
      pg_replication_origin_session_setup pg_replication_origin_session_reset
      """;

  private static final String WRITING_FUNCTIONS =
      """
      nextval setval pg_notify lo_create lo_creat lo_unlink lo_import lo_put lo_from_bytea
      lo_truncate lo_truncate64 lowrite dblink_exec pg_advisory_xact_lock
      pg_advisory_xact_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared
      pg_logical_emit_message
      """;

  private static final String FUNCTIONS =
      """
      abs acos acosd acosh age area array_agg array_append array_cat array_dims array_fill
      array_length array_lower array_ndims array_position array_positions array_prepend
      array_remove array_replace array_reverse array_sort array_to_json array_to_string
      array_to_tsvector array_upper ascii asin asind asinh atan atan2 atan2d atand atanh avg
      bit_and bit_count bit_length bit_or bit_xor bool_and bool_or bound_box box broadcast
      btrim cardinality casefold cast cbrt ceil ceiling center char_length character_length
      chr circle coalesce col_description concat concat_ws convert convert_from convert_to
      corr cos cosd cosh cot cotd count covar_pop covar_samp crc32 crc32c cume_dist
      current_catalog current_database current_date current_query current_role
      current_schema current_schemas current_time current_timestamp current_user date
      date_add date_bin date_part date_subtract date_trunc daterange decode degrees
      dense_rank diagonal diameter div encode enum_first enum_last enum_range erf erfc every
      exp extract factorial family first_value float4 float8 floor format format_type gamma
      gcd generate_series generate_subscripts get_bit get_byte greatest grouping
      has_any_column_privilege has_column_privilege has_database_privilege
      has_function_privilege has_schema_privilege has_sequence_privilege has_table_privilege
      has_type_privilege height host hostmask inet_merge inet_same_family initcap int2 int4
      int4range int8 int8range isclosed isempty isfinite isopen json json_agg
      json_agg_strict json_array json_array_elements json_array_elements_text
      json_array_length json_arrayagg json_build_array json_build_object json_each
      json_each_text json_exists json_extract_path json_extract_path_text json_object
      json_object_agg json_object_agg_strict json_object_agg_unique
      json_object_agg_unique_strict json_object_keys json_objectagg json_populate_record
      json_populate_recordset json_query json_scalar json_serialize json_strip_nulls
      json_table json_to_record json_to_recordset json_to_tsvector json_typeof json_value
      jsonb jsonb_agg jsonb_agg_strict jsonb_array_elements jsonb_array_elements_text
      jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
      jsonb_exists jsonb_exists_all jsonb_exists_any jsonb_extract_path
      jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg
      jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict
      jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query
      jsonb_path_query_array jsonb_path_query_first jsonb_populate_record
      jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls
      jsonb_to_record jsonb_to_recordset jsonb_to_tsvector jsonb_typeof justify_days
      justify_hours justify_interval lag last_value lcm lead least left length lgamma line
      ln localtime localtimestamp log log10 lower lower_inc lower_inf lpad lseg ltrim
      macaddr8_set7bit make_date make_interval make_time make_timestamp make_timestamptz
      masklen max md5 merge_action min min_scale mod mode multirange netmask network
      normalize now npoints nth_value ntile nullif num_nonnulls num_nulls numnode numrange
      obj_description octet_length overlaps overlay parse_ident path pclose percent_rank
      percentile_cont percentile_disc pg_client_encoding pg_collation_is_visible
      pg_column_size pg_encoding_to_char pg_function_is_visible pg_get_constraintdef
      pg_get_expr pg_get_function_arguments pg_get_function_identity_arguments
      pg_get_function_result pg_get_functiondef pg_get_indexdef pg_get_keywords
      pg_get_partkeydef pg_get_ruledef pg_get_serial_sequence pg_get_triggerdef
      pg_get_userbyid pg_get_viewdef pg_has_role pg_input_is_valid pg_opclass_is_visible
      pg_operator_is_visible pg_options_to_table pg_table_is_visible pg_type_is_visible
      pg_typeof phraseto_tsquery pi plainto_tsquery point polygon popen position power
      querytree quote_ident quote_literal quote_nullable radians radius range_agg
      range_intersect_agg range_merge rank regexp_count regexp_instr regexp_like
      regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table
      regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
      regr_sxx regr_sxy regr_syy repeat replace reverse right round row_number row_to_json
      rpad rtrim scale session_user set_bit set_byte set_masklen setweight sha224 sha256
      sha384 sha512 shobj_description sign sin sind sinh slope split_part sqrt starts_with
      statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array
      string_to_table strip strpos substr substring sum tan tand tanh text timezone to_ascii
      to_bin to_char to_date to_hex to_json to_jsonb to_number to_oct to_regclass
      to_regnamespace to_regproc to_regprocedure to_regrole to_regtype to_timestamp
      to_tsquery to_tsvector transaction_timestamp translate treat trim trim_array
      trim_scale trunc ts_debug ts_delete ts_filter ts_headline ts_lexize ts_parse ts_rank
      ts_rank_cd ts_token_type tsquery_phrase tsrange tstzrange tsvector_to_array unistr
      unnest upper upper_inc upper_inf uuid_extract_timestamp uuid_extract_version var_pop
      var_samp variance websearch_to_tsquery width width_bucket xml_is_well_formed
      xml_is_well_formed_content xml_is_well_formed_document xmlagg xmlattributes xmlcomment
      xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
      xmlserialize xmltable xmltext xpath xpath_exists
      """;

  private static final String CATALOG_RELATIONS =
      """
      pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_cast pg_catalog pg_class
      pg_collation pg_constraint pg_conversion pg_database pg_depend pg_description pg_enum
      pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server pg_foreign_table
      pg_index pg_indexes pg_inherits pg_language pg_matviews pg_namespace pg_opclass pg_operator
      pg_opfamily pg_partitioned_table pg_policies pg_policy pg_proc pg_publication
      pg_publication_tables pg_range pg_rewrite pg_roles pg_rules pg_sequence pg_shdescription
      pg_tables pg_tablespace pg_trigger pg_ts_config pg_ts_dict pg_ts_parser pg_ts_template
      pg_type pg_user pg_views
      """;

  private static final String KEYWORDS_BEFORE_PARENTHESIS =
      """
      all and any array as asymmetric between both case distinct else except exists for from
      having in intersect lateral leading limit not offset on only or returning
      row select some symmetric then to trailing union using values variadic when where
      window bit char character dec decimal float interval national nchar numeric precision time
      timestamp varchar
      """;

  private PostgresWords() {}

  static void addTo(Vocabulary.Builder words) {
    words
        .safe(FUNCTIONS)
        .safe(HARMLESS_VOLATILE)
        .effects(Word.UNCERTAIN, SERVER_STATE)
        .effects(Word.CHANGES_SESSION, SESSION_FUNCTIONS)
        .effects(Word.WRITES, WRITING_FUNCTIONS)
        .safe(CATALOG_RELATIONS)
        .add(Word.BEFORE_PARENTHESIS, KEYWORDS_BEFORE_PARENTHESIS)
        .add(Word.STARTS_QUERY, "select with table values")
        .add(
            Word.STARTS_WRITE,
            """
            insert update delete merge truncate create alter drop grant revoke comment vacuum
            analyze analyse reindex cluster refresh lock checkpoint notify import reassign
            security
            """)
        .add(
            Word.STARTS_SESSION,
            """
            set reset discard execute deallocate listen unlisten declare fetch move close load
            """)
        .add(Word.STARTS_TRANSACTION, "begin commit end abort rollback savepoint release")
        .add(Word.STARTS_UNCERTAIN, "do call wait")
        .add(Word.STARTS_EXPLAIN, "explain")
        .add(Word.STARTS_SHOW, "show")
        .add(Word.STARTS_PREPARE, "prepare")
        .add(Word.STARTS_START, "start")
        .add(Word.STARTS_COPY, "copy")
        .add(Word.EXPLAIN_OPTION, "analyze analyse verbose")
        .add(Word.DML, "update delete merge")
        .add(Word.INSERT, "insert")
        .add(Word.PG_CATALOG, "pg_catalog")
        .add(Word.PG_TEMP, "pg_temp")
        .add(Word.AFTER_CALL, "over filter repeatable")
        .add(Word.SAMPLE_METHOD, "system bernoulli")
        .add(Word.FETCH, "fetch")
        .add(Word.COMPARISON, "like ilike join is")
        .add(Word.CHARACTER, "bit char character nchar")
        .add(Word.VARYING, "varying");
  }
}
