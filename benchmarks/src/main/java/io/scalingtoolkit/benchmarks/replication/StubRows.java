// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import java.util.List;
import java.util.Locale;

/**
 * The rows of one answer. Immutable.
 *
 * @param columns names in lower case
 * @param values one list a row, as long as the columns
 */
record StubRows(List<String> columns, List<List<String>> values) {
  static final String READ = "select name from account where id = ?";
  static final String UPDATE = "update account set name = ? where id = ?";
  static final StubRows NONE = new StubRows(List.of(), List.of());

  /** Tells which server answered: {@code primary} or {@code replica}. */
  static final String SERVER = "select server from account where id = ?";

  private static final StubRows NAME = of("name", "Ada");
  // What toolkit-replication asks a PostgreSQL for its role and position.
  private static final StubRows CLUSTER =
      new StubRows(List.of("system", "segment", "delay"), List.of(List.of("1", "16777216", "200")));
  private static final StubRows PRIMARY_NODE =
      new StubRows(
          List.of("r", "lsn", "file", "timeline", "flushed"),
          List.of(List.of("false", "0/3000148", "00000001", "0", "0/3000148")));
  private static final StubRows REPLICA =
      new StubRows(
          List.of("r", "lsn", "file", "timeline", "flushed"),
          List.of(List.of("true", "0/3000148", "", "1", "")));
  private static final StubRows INCARNATION = of("incarnation", "2026-11-26");
  private static final StubRows TABLE = of("table_name", "account");
  private static final StubRows COLUMNS =
      new StubRows(
          List.of(
              "table_name",
              "column_name",
              "ordinal_position",
              "data_type",
              "udt_name",
              "column_default",
              "table_schema",
              "is_nullable"),
          List.of(
              List.of("account", "id", "1", "bigint", "int8", "", "public", "NO"),
              List.of("account", "name", "2", "text", "text", "", "public", "YES"),
              List.of("account", "server", "3", "text", "text", "", "public", "YES")));

  /**
   * The answer to a statement. The catalog queries are those by which ShardingSphere learns the
   * tables of a PostgreSQL; any other text has no rows.
   *
   * @param url of the connection
   */
  static StubRows answering(String sql, String url) {
    if (sql.equals(READ)) {
      return NAME;
    } else if (sql.equals(UPDATE)) {
      return NONE;
    }
    String text = sql.toLowerCase(Locale.ROOT);
    if (text.contains("information_schema.columns")) {
      return COLUMNS;
    } else if (text.contains("information_schema.role_table_grants")) {
      return TABLE;
    } else if (text.contains("pg_control_system")) {
      return CLUSTER;
    } else if (text.contains("pg_last_wal_replay_lsn")) {
      return StubDriver.server(url).startsWith("replica") ? REPLICA : PRIMARY_NODE;
    } else if (text.contains("pg_postmaster_start_time")) {
      return INCARNATION;
    } else if (sql.equals(SERVER)) {
      return of("server", StubDriver.server(url));
    }
    return NONE;
  }

  static StubRows of(String column, String value) {
    return new StubRows(List.of(column), List.of(List.of(value)));
  }
}
