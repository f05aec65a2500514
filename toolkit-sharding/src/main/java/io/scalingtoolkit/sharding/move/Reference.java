// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A column of a sharded table that refers to one of a sharded table by a foreign key.
 *
 * @param name of the foreign key; "" where the database has none for it
 * @param child the table with the key
 * @param column in it
 * @param nullable whether that may be null
 * @param parent the name of the table it refers to
 * @param parentColumn in that; "" where it is not said, as SQLite allows for a primary key
 */
record Reference(
    String name,
    TableShape child,
    String column,
    boolean nullable,
    String parent,
    String parentColumn) {

  boolean isToItself() {
    return parent.equals(child.table().name());
  }

  /** Whether one of the foreign keys is to its own table, and none of its columns may be null. */
  static boolean isToItselfAlways(List<Reference> references) {
    return references.stream()
        .filter(Reference::isToItself)
        .collect(Collectors.groupingBy(Reference::name))
        .values()
        .stream()
        .anyMatch(columns -> columns.stream().noneMatch(Reference::nullable));
  }

  /** Of a table, to itself and to others. */
  static List<Reference> of(Connection connection, SqlProduct product, TableShape child)
      throws SQLException {
    DatabaseMetaData facts = connection.getMetaData();
    String catalog = connection.getCatalog();
    String schema = TableShape.schema(connection, product);
    String table = child.table().name();
    Set<String> mandatory = new HashSet<>();
    try (ResultSet rows =
        facts.getColumns(catalog, schema, TableShape.escape(facts, table), null)) {
      while (rows.next()) {
        if (rows.getInt("NULLABLE") == DatabaseMetaData.columnNoNulls) {
          mandatory.add(rows.getString("COLUMN_NAME"));
        }
      }
    }
    List<Reference> found = new ArrayList<>();
    try (ResultSet rows = facts.getImportedKeys(catalog, schema, table)) {
      while (rows.next()) {
        String name = rows.getString("FK_NAME");
        String parentColumn = rows.getString("PKCOLUMN_NAME");
        String column = rows.getString("FKCOLUMN_NAME");
        found.add(
            new Reference(
                name == null ? "" : name,
                child,
                column,
                !mandatory.contains(column),
                rows.getString("PKTABLE_NAME"),
                parentColumn == null ? "" : parentColumn));
      }
    }
    return found;
  }
}
