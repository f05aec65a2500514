// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

/**
 * What the words of MariaDB (11.4) and MySQL (8.0 to 9) mean. A native function is safe if it is
 * listed here; the servers have no catalogue of them that tells which ones write.
 */
final class MySqlWords {
  static final String FUNCTIONS =
      """
      abs acos add_months addtime aes_decrypt aes_encrypt any_value ascii asin atan atan2 avg
      benchmark bin bin_to_uuid bit_count bit_length cast ceil ceiling char char_length
      character_length charset chr coalesce coercibility collation compress concat concat_ws
      concat_operator_oracle conv convert convert_tz cos cot crc32 crc32c cume_dist current_date
      current_role current_time current_timestamp current_user database date date_format datediff
      day dayname dayofmonth dayofweek dayofyear decode decode_oracle default degrees dense_rank
      elt encode exp export_set extractvalue field find_in_set first_value floor format
      format_bytes format_pico_time from_base64 from_days from_unixtime geometrycollection
      get_format greatest grouping hex hour if ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa
      insert instr interval is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 is_uuid isnull
      json_array json_array_append json_array_insert json_array_intersect json_arrayagg
      json_compact json_contains json_contains_path json_depth json_detailed json_equals
      json_exists json_extract json_insert json_key_value json_keys json_length json_loose
      json_merge json_merge_patch json_merge_preserve json_normalize json_object
      json_object_filter_keys json_object_to_array json_objectagg json_overlaps json_pretty
      json_query json_quote json_remove json_replace json_schema_valid
      json_schema_validation_report json_search json_set json_storage_free json_storage_size
      json_table json_type json_unquote json_valid json_value kdf lag last_day last_value lcase
      lead least left length lengthb linestring ln localtime localtimestamp locate log log10 log2
      lower lpad lpad_oracle ltrim ltrim_oracle make_set makedate maketime match mbrcontains
      mbrcoveredby mbrcovers mbrdisjoint mbrequals mbrintersects mbroverlaps mbrtouches mbrwithin
      md5 median microsecond minute mod month monthname months_between multilinestring multipoint
      multipolygon name_const natural_sort_key nth_value ntile nullif nvl nvl2 oct octet_length
      ord password percent_rank percentile_cont percentile_disc period_add period_diff pi point
      polygon pow power quarter quote radians rand random_bytes rank regexp_instr regexp_like
      regexp_replace regexp_substr repeat replace replace_oracle reverse right round row row_number
      rpad rpad_oracle rtrim rtrim_oracle schema sec_to_time second sformat sha sha1 sha2 sign sin
      sleep soundex space sqrt st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt
      st_boundary st_buffer st_centroid st_contains st_convexhull st_crosses st_difference
      st_dimension st_disjoint st_distance st_distance_sphere st_endpoint st_envelope st_equals
      st_exteriorring st_geohash st_geomcollfromtext st_geometryfromtext st_geometryn
      st_geometrytype st_geomfromgeojson st_geomfromtext st_geomfromwkb st_interiorringn
      st_intersection st_intersects st_isclosed st_isempty st_isring st_issimple st_isvalid
      st_latfromgeohash st_latitude st_length st_linefromtext st_linefromwkb st_longfromgeohash
      st_longitude st_makeenvelope st_numgeometries st_numinteriorrings st_numpoints st_overlaps
      st_pointfromgeohash st_pointfromtext st_pointfromwkb st_pointn st_pointonsurface
      st_polyfromtext st_polyfromwkb st_relate st_simplify st_srid st_startpoint st_swapxy
      st_symdifference st_touches st_transform st_union st_validate st_within st_x st_y
      statement_digest statement_digest_text strcmp str_to_date subtime substr_oracle
      substring_index substring_oracle subtype tan time time_format time_to_sec timediff timestamp
      timestampadd timestampdiff to_base64 to_char to_days to_number to_seconds trim_oracle trunc
      truncate ucase uncompress uncompressed_length unhex unix_timestamp updatexml upper user
      utc_date utc_time utc_timestamp uuid uuid_to_bin uuid_v4 uuid_v7 validate_password_strength
      week weekday weekofyear weight_string year yearweek
      """;

  /** Symbols of the lexer: with a blank after the name, the server looks for a stored function. */
  static final String TIGHT_FUNCTIONS =
      """
      adddate bit_and bit_or bit_xor count curdate curtime date_add date_sub extract group_concat
      max mid min now position session_user std stddev stddev_pop stddev_samp subdate substr
      substring sum sysdate system_user trim variance var_pop var_samp
      """;

  private static final String SESSION_FUNCTIONS =
      """
      get_lock release_lock release_all_locks
      """;

  private static final String UNCERTAIN_FUNCTIONS =
      """
      found_rows row_count connection_id is_free_lock is_used_lock load_file master_pos_wait
      source_pos_wait master_gtid_wait wait_for_executed_gtid_set
      wait_until_sql_thread_after_gtids uuid_short version binlog_gtid_pos lastval
      ps_current_thread_id ps_thread_id
      """;

  private static final String KEYWORDS_BEFORE_PARENTHESIS =
      """
      all and any as between binary by case div distinct distinctrow else except exists force
      from having ignore in index intersect is join key lateral like limit mod minus not offset
      on only or partition regexp returning rlike select some straight_join then to union use
      using values when where window xor decimal double float numeric varbinary varchar
      """;

  private static final String SHARED_RELATIONS =
      """
      character_sets check_constraints collation_character_set_applicability collations
      column_privileges columns key_column_usage parameters referential_constraints routines
      schema_privileges schemata statistics table_constraints table_privileges tables triggers
      views events keywords st_geometry_columns st_spatial_reference_systems
      """;

  /** Relations of information_schema that describe the one server, for sessions that are in it. */
  private static final String SERVER_RELATIONS =
      """
      processlist global_status session_status global_variables session_variables
      system_variables profiling optimizer_trace metadata_lock_info user_statistics
      client_statistics index_statistics table_statistics innodb_trx innodb_locks
      innodb_lock_waits innodb_metrics
      """;

  private static final String HARMLESS_IN_COMMENTS =
      """
      straight_join sql_no_cache sql_cache sql_small_result sql_big_result sql_buffer_result
      high_priority
      """;

  private MySqlWords() {}

  static void addTo(Vocabulary.Builder words, SqlDialect dialect) {
    words
        .safe(FUNCTIONS)
        .safe(TIGHT_FUNCTIONS)
        .add(Word.TIGHT, TIGHT_FUNCTIONS + " cast")
        .effects(Word.UNCERTAIN, UNCERTAIN_FUNCTIONS)
        .effects(Word.CHANGES_SESSION, SESSION_FUNCTIONS)
        .effects(Word.WRITES, "nextval setval")
        .effects(Word.UNCERTAIN, "last_insert_id")
        .add(Word.LAST_INSERT_ID, "last_insert_id")
        .add(Word.BEFORE_PARENTHESIS, KEYWORDS_BEFORE_PARENTHESIS)
        .add(Word.STARTS_QUERY, "select with table values")
        .add(
            Word.STARTS_WRITE,
            """
            insert update delete replace truncate create alter drop grant revoke rename load
            optimize repair analyze kill reset purge change stop install uninstall binlog cache
            import clone restart shutdown
            """)
        .add(
            Word.STARTS_SESSION,
            """
            set use execute deallocate lock unlock handler backup get declare open fetch close
            """)
        .add(Word.STARTS_TRANSACTION, "begin commit rollback savepoint release xa")
        .add(Word.STARTS_UNCERTAIN, "do call check checksum help")
        .add(Word.STARTS_EXPLAIN, "explain describe desc")
        .add(Word.STARTS_SHOW, "show")
        .add(Word.STARTS_PREPARE, "prepare")
        .add(Word.STARTS_START, "start")
        .add(Word.STARTS_FLUSH, "flush")
        .add(Word.EXPLAIN_OPTION, "analyze extended partitions format full")
        .add(
            Word.SHOWS_SCHEMA,
            """
            tables columns fields index indexes keys databases schemas triggers collation
            character charset
            """)
        .add(Word.DML, "update delete")
        .add(Word.INSERT, "insert")
        .add(Word.FOUND_ROWS, "sql_calc_found_rows")
        .add(Word.SERVER_SCHEMA, "mysql sys performance_schema")
        .add(Word.INFORMATION_SCHEMA, "information_schema")
        .add(Word.SHARED_RELATION, SHARED_RELATIONS)
        .add(Word.UNCERTAIN_NAME, SERVER_RELATIONS)
        .add(Word.HARMLESS, HARMLESS_IN_COMMENTS)
        .add(Word.AFTER_CALL, "over against filter");
    if (dialect == SqlDialect.MARIADB) {
      words.add(Word.SEQUENCE_NEXT, "nextval").add(Word.SEQUENCE_LAST, "lastval currval");
    }
  }
}
