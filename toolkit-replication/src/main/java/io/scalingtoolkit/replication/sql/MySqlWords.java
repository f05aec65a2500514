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
      abs acos addtime aes_decrypt aes_encrypt ascii asin atan atan2 avg benchmark bin
      bit_count bit_length cast ceil ceiling char char_length character_length charset
      coalesce coercibility collation compress concat concat_ws conv convert convert_tz cos
      cot crc32 cume_dist current_date current_role current_time current_timestamp
      current_user database date date_format datediff day dayname dayofmonth dayofweek
      dayofyear default degrees dense_rank elt exp export_set extractvalue field find_in_set
      first_value floor format format_bytes from_base64 from_days from_unixtime
      geometrycollection get_format greatest hex hour if ifnull inet6_aton inet6_ntoa
      inet_aton inet_ntoa insert instr interval is_ipv4 is_ipv4_compat is_ipv4_mapped
      is_ipv6 isnull json_array json_array_append json_array_insert json_arrayagg
      json_contains json_contains_path json_depth json_extract json_insert json_keys
      json_length json_merge json_merge_patch json_merge_preserve json_object json_objectagg
      json_overlaps json_quote json_remove json_replace json_schema_valid json_search
      json_set json_table json_type json_unquote json_valid json_value lag last_day
      last_value lcase lead least left length linestring ln localtime localtimestamp locate
      log log10 log2 lower lpad ltrim make_set makedate maketime match mbrcontains
      mbrdisjoint mbrequals mbrintersects mbroverlaps mbrtouches mbrwithin md5 microsecond
      minute mod month monthname multilinestring multipoint multipolygon name_const
      nth_value ntile nullif oct octet_length ord percent_rank period_add period_diff pi
      point polygon pow power quarter quote radians rand random_bytes rank regexp_instr
      regexp_replace regexp_substr repeat replace reverse right round row row_number rpad
      rtrim schema sec_to_time second sha sha1 sha2 sign sin sleep soundex space sqrt
      st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_buffer st_centroid
      st_contains st_convexhull st_crosses st_difference st_dimension st_disjoint
      st_distance st_distance_sphere st_endpoint st_envelope st_equals st_exteriorring
      st_geomcollfromtext st_geometryfromtext st_geometryn st_geometrytype
      st_geomfromgeojson st_geomfromtext st_geomfromwkb st_interiorringn st_intersection
      st_intersects st_isclosed st_isempty st_issimple st_isvalid st_length st_linefromtext
      st_linefromwkb st_numgeometries st_numinteriorrings st_numpoints st_overlaps
      st_pointfromtext st_pointfromwkb st_pointn st_polyfromtext st_polyfromwkb st_simplify
      st_srid st_startpoint st_symdifference st_touches st_union st_within st_x st_y
      str_to_date strcmp substring_index subtime subtype tan time time_format time_to_sec
      timediff timestamp timestampadd timestampdiff to_base64 to_days to_seconds truncate
      ucase uncompress uncompressed_length unhex unix_timestamp updatexml upper user
      utc_date utc_time utc_timestamp uuid week weekday weekofyear weight_string year
      yearweek
      """;

  static final String MARIADB_FUNCTIONS =
      """
      add_months chr concat_operator_oracle crc32c decode decode_oracle encode
      json_array_intersect json_compact json_detailed json_equals json_exists json_key_value
      json_loose json_normalize json_object_filter_keys json_object_to_array json_query kdf
      lengthb lpad_oracle ltrim_oracle median months_between natural_sort_key nvl nvl2
      password percentile_cont percentile_disc replace_oracle rpad_oracle rtrim_oracle
      sformat st_boundary st_isring st_pointonsurface st_relate substr_oracle
      substring_oracle to_char to_number trim_oracle trunc uuid_v4 uuid_v7
      """;

  static final String MYSQL_FUNCTIONS =
      """
      any_value bin_to_uuid format_pico_time grouping is_uuid json_pretty
      json_schema_validation_report json_storage_free json_storage_size mbrcoveredby
      mbrcovers regexp_like st_geohash st_latfromgeohash st_latitude st_longfromgeohash
      st_longitude st_makeenvelope st_pointfromgeohash st_swapxy st_transform st_validate
      statement_digest statement_digest_text uuid_to_bin validate_password_strength
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

  /** Reserved in both, so that no function bears such a name without quotes. */
  private static final String KEYWORDS_BEFORE_PARENTHESIS =
      """
      all and as between binary case div distinct distinctrow else except exists force from having
      ignore in index intersect is join key like limit mod not on or partition regexp rlike select
      straight_join then to union use using values when where xor decimal double float numeric
      varbinary varchar
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
        .add(Word.AFTER_CALL, "over against")
        .add(Word.QUANTIFIER, "any some");
    if (dialect == SqlDialect.MARIADB) {
      words
          .safe(MARIADB_FUNCTIONS)
          .add(Word.SEQUENCE_NEXT, "nextval")
          .add(Word.SEQUENCE_LAST, "lastval currval");
    } else {
      words.safe(MYSQL_FUNCTIONS).add(Word.BEFORE_PARENTHESIS, "lateral");
    }
  }
}
