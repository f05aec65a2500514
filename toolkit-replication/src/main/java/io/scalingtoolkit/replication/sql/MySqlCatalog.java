// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads information_schema of MariaDB and MySQL. */
final class MySqlCatalog {
  private static final String ROUTINES =
      "select routine_name from information_schema.routines where routine_type <> 'PROCEDURE'";

  private static final String VIEWS =
      """
      select table_name, view_definition from information_schema.views
      where table_schema not in ('sys', 'mysql', 'information_schema', 'performance_schema')
      """;

  /** The engine is null for views, and for tables that cannot be opened. */
  private static final String SUSPECT_TABLES =
      """
      select table_name from information_schema.tables
      where table_schema not in ('sys', 'mysql', 'information_schema', 'performance_schema')
        and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')
        and lower(coalesce(engine, ''))
          not in ('innodb', 'myisam', 'aria', 'archive', 'csv', 'mrg_myisam', 'rocksdb')
      """;

  private MySqlCatalog() {}

  static FunctionCatalog load(Connection connection, SqlDialect dialect) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      Map<String, Boolean> functions = new HashMap<>();
      for (String name : names(statement, ROUTINES)) {
        functions.put(WordTable.lower(name), false);
      }
      return new FunctionCatalog(
          dialect, true, functions, names(statement, SUSPECT_TABLES), views(statement));
    }
  }

  private static Set<String> names(Statement statement, String query) throws SQLException {
    Set<String> names = new HashSet<>();
    try (ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  private static List<FunctionCatalog.Definition> views(Statement statement) throws SQLException {
    List<FunctionCatalog.Definition> views = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(VIEWS)) {
      while (rows.next()) {
        @Nullable String text = rows.getString(2);
        // The server shows an empty text to users without the right; it classifies as uncertain.
        views.add(new FunctionCatalog.Definition(rows.getString(1), text == null ? "" : text));
      }
    }
    return views;
  }
}
