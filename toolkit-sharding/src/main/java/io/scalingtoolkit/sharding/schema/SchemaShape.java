// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.schema;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tables of one database: for each table its parts, and what each part is like.
 *
 * @param tables by name; the parts by what {@link SchemaDrift#part} calls them
 */
record SchemaShape(SqlProduct product, Map<String, Map<String, String>> tables) {
  static final String ABSENT = "absent";
  private static final String INDEX = "index ";

  static SchemaShape read(Connection connection) throws SQLException {
    SqlProduct product = SqlProduct.of(connection);
    DatabaseMetaData facts = connection.getMetaData();
    String catalog = connection.getCatalog();
    String schema = product == SqlProduct.POSTGRESQL ? connection.getSchema() : null;
    Map<String, Map<String, String>> tables = new TreeMap<>();
    try (ResultSet rows =
        facts.getTables(catalog, schema, "%", new String[] {"TABLE", "PARTITIONED TABLE"})) {
      while (rows.next()) {
        tables.put(rows.getString("TABLE_NAME"), new TreeMap<>());
      }
    }
    try (ResultSet rows = facts.getColumns(catalog, schema, "%", "%")) {
      while (rows.next()) {
        Map<String, String> parts = tables.get(rows.getString("TABLE_NAME"));
        if (parts != null) {
          parts.put("column " + rows.getString("COLUMN_NAME"), column(rows));
        }
      }
    }
    for (Map.Entry<String, Map<String, String>> table : tables.entrySet()) {
      Map<String, String> parts = table.getValue();
      parts.put("table", "present");
      parts.put("primary key", primaryKey(facts, catalog, schema, table.getKey()));
      indexes(facts, catalog, schema, table.getKey(), parts);
    }
    return new SchemaShape(product, tables);
  }

  /** The part before the colon is what only databases of one product agree in. */
  private static String column(ResultSet rows) throws SQLException {
    return rows.getString("TYPE_NAME")
        + '('
        + rows.getInt("COLUMN_SIZE")
        + ','
        + rows.getInt("DECIMAL_DIGITS")
        + "): "
        + (rows.getInt("NULLABLE") == DatabaseMetaData.columnNoNulls ? "not null" : "null");
  }

  private static String primaryKey(
      DatabaseMetaData facts, @Nullable String catalog, @Nullable String schema, String table)
      throws SQLException {
    Map<Integer, String> columns = new TreeMap<>();
    try (ResultSet rows = facts.getPrimaryKeys(catalog, schema, table)) {
      while (rows.next()) {
        columns.put(rows.getInt("KEY_SEQ"), rows.getString("COLUMN_NAME"));
      }
    }
    return columns.isEmpty() ? ABSENT : columns.values().toString();
  }

  private static void indexes(
      DatabaseMetaData facts,
      @Nullable String catalog,
      @Nullable String schema,
      String table,
      Map<String, String> parts)
      throws SQLException {
    Map<String, List<String>> columns = new TreeMap<>();
    Map<String, String> kinds = new TreeMap<>();
    try (ResultSet rows = facts.getIndexInfo(catalog, schema, table, false, true)) {
      while (rows.next()) {
        String name = rows.getString("INDEX_NAME");
        if (rows.getShort("TYPE") != DatabaseMetaData.tableIndexStatistic && name != null) {
          columns
              .computeIfAbsent(name, each -> new ArrayList<>())
              .add(String.valueOf(rows.getString("COLUMN_NAME")));
          String filter = rows.getString("FILTER_CONDITION");
          kinds.put(
              name,
              (rows.getBoolean("NON_UNIQUE") ? "" : "unique ")
                  + (filter == null ? "" : "where " + filter + ' '));
        }
      }
    }
    columns.forEach((name, list) -> parts.put(INDEX + name, kinds.get(name) + list));
  }

  /** How a table of another database differs from this one's. */
  List<SchemaDrift> compare(SchemaShape other, String shard, String table) {
    Map<String, String> mine = tables.get(table);
    Map<String, String> theirs = other.tables.get(table);
    if (mine == null || theirs == null) {
      return mine == theirs
          ? List.of()
          : List.of(new SchemaDrift(shard, table, "table", state(mine), state(theirs)));
    }
    boolean sameProduct = product == other.product;
    Set<String> parts = new TreeSet<>(mine.keySet());
    parts.addAll(theirs.keySet());
    List<SchemaDrift> found = new ArrayList<>();
    for (String part : parts) {
      String left = mine.getOrDefault(part, ABSENT);
      String right = theirs.getOrDefault(part, ABSENT);
      boolean comparable = sameProduct || !part.startsWith(INDEX);
      if (comparable && !facts(left, sameProduct).equals(facts(right, sameProduct))) {
        found.add(new SchemaDrift(shard, table, part, left, right));
      }
    }
    return found;
  }

  private static String state(@Nullable Map<String, String> parts) {
    return parts == null ? ABSENT : "present";
  }

  private static String facts(String text, boolean sameProduct) {
    return sameProduct ? text : text.substring(text.indexOf(": ") + 1);
  }
}
