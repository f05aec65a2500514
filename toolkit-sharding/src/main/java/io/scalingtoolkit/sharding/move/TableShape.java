// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The columns of a sharded table in one database.
 *
 * @param table which table
 * @param columns all that rows are copied with, in the order of the table; none that the database
 *     computes
 * @param primaryKey positions in {@code columns}, in the order of the key; 1 to 4
 * @param slot position of the slot column
 * @param key position of the column with the shard key
 */
record TableShape(
    ShardedTable table, List<Column> columns, List<Integer> primaryKey, int slot, int key) {
  /** As many as the change log has room for. */
  static final int MAX_KEY_COLUMNS = 4;

  /**
   * A column.
   *
   * @param name as the database stores it
   * @param kind how its values travel
   * @param singleFloat whether it has 4-byte floats, which MySQL rounds when it prints them
   * @param type as the database names it
   */
  record Column(String name, ColumnKind kind, boolean singleFloat, String type) {}

  /**
   * Reads the shape from the database.
   *
   * @throws SQLSyntaxErrorException if the table, its key or its slot column is missing, or if it
   *     has no primary key that rows can be told apart by
   */
  static TableShape read(Connection connection, SqlProduct product, ShardedTable table)
      throws SQLException {
    DatabaseMetaData facts = connection.getMetaData();
    List<Column> columns = new ArrayList<>();
    try (ResultSet rows =
        facts.getColumns(
            connection.getCatalog(),
            schema(connection, product),
            escape(facts, table.name()),
            null)) {
      while (rows.next()) {
        if (!"YES".equals(rows.getString("IS_GENERATEDCOLUMN"))) {
          columns.add(column(product, rows));
        }
      }
    }
    if (columns.isEmpty()) {
      throw new SQLSyntaxErrorException("there is no table \"" + table.name() + '"', "42P01");
    }
    List<Integer> primaryKey = primaryKey(connection, product, table, columns);
    return new TableShape(
        table,
        List.copyOf(columns),
        primaryKey,
        position(columns, table, table.slotColumn()),
        position(columns, table, table.keyColumn()));
  }

  private static Column column(SqlProduct product, ResultSet rows) throws SQLException {
    String type = rows.getString("TYPE_NAME");
    int jdbcType = rows.getInt("DATA_TYPE");
    ColumnKind kind = ColumnKind.of(product, jdbcType, type, rows.getInt("COLUMN_SIZE"));
    boolean singleFloat =
        product.isMySqlFamily() && type.regionMatches(true, 0, "float", 0, "float".length());
    return new Column(rows.getString("COLUMN_NAME"), kind, singleFloat, type);
  }

  private static List<Integer> primaryKey(
      Connection connection, SqlProduct product, ShardedTable table, List<Column> columns)
      throws SQLException {
    Map<Integer, Integer> positions = new TreeMap<>();
    try (ResultSet rows =
        connection
            .getMetaData()
            .getPrimaryKeys(connection.getCatalog(), schema(connection, product), table.name())) {
      while (rows.next()) {
        positions.put(
            rows.getInt("KEY_SEQ"), position(columns, table, rows.getString("COLUMN_NAME")));
      }
    }
    if (positions.isEmpty() || positions.size() > MAX_KEY_COLUMNS) {
      throw new SQLSyntaxErrorException(
          "table \""
              + table.name()
              + "\" must have a primary key of 1 to "
              + MAX_KEY_COLUMNS
              + " columns, has "
              + positions.size(),
          "42000");
    }
    return List.copyOf(positions.values());
  }

  static @org.jspecify.annotations.Nullable String schema(Connection connection, SqlProduct product)
      throws SQLException {
    return product == SqlProduct.POSTGRESQL ? connection.getSchema() : null;
  }

  /** A name where the driver expects a pattern. */
  static String escape(DatabaseMetaData facts, String name) throws SQLException {
    String escape = facts.getSearchStringEscape();
    return escape == null || escape.isEmpty()
        ? name
        : name.replace(escape, escape + escape)
            .replace("_", escape + "_")
            .replace("%", escape + "%");
  }

  private static int position(List<Column> columns, ShardedTable table, String name)
      throws SQLException {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new SQLSyntaxErrorException(
        "table \"" + table.name() + "\" has no column \"" + name + '"', "42703");
  }

  /** The columns with other kinds: those of the product that has types, where this one has none. */
  TableShape withKindsOf(TableShape typed) throws SQLException {
    List<Column> taken = new ArrayList<>();
    for (Column column : columns) {
      Column other = typed.columns.get(position(typed.columns, typed.table, column.name()));
      taken.add(new Column(column.name(), other.kind(), column.singleFloat(), column.type()));
    }
    return new TableShape(table, List.copyOf(taken), primaryKey, slot, key);
  }

  /** The names of the columns, in their order. */
  List<String> columnNames() {
    return columns.stream().map(Column::name).toList();
  }

  /** The columns of the primary key, in its order. */
  List<Column> keyColumns() {
    return primaryKey.stream().map(columns::get).toList();
  }

  /** The columns as a list for SQL. */
  String columnList(SqlProduct product) {
    return columnNames().stream().map(product::quote).collect(Collectors.joining(", "));
  }

  /** The columns of the primary key as a list for SQL. */
  String keyList(SqlProduct product) {
    return keyColumns().stream()
        .map(each -> product.quote(each.name()))
        .collect(Collectors.joining(", "));
  }

  /** The table for SQL. */
  String quoted(SqlProduct product) {
    return product.quote(table.name());
  }
}
