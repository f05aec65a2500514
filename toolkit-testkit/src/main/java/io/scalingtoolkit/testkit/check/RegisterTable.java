// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The table with one row for each register, in SQL that all the products understand. Immutable. */
final class RegisterTable {
  private static final int BATCH = 500;

  // A write that was given up and arrives late finds a newer version and does nothing.
  private static final String WRITE =
      "update check_register set version = ?, depends_on_key = ?, depends_on_version = ?"
          + " where id = ? and version < ?";

  private final String read;

  private RegisterTable(String read) {
    this.read = read;
  }

  /** What a row shows. */
  record Row(int version, int dependsOnKey, int dependsOnVersion, @Nullable String node) {}

  /** Makes the table anew, all versions 0. */
  static RegisterTable create(DataSource primary, int keys) throws SQLException {
    try (Connection connection = primary.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("drop table if exists check_register");
      statement.execute(
          "create table check_register (id int primary key, version int not null,"
              + " depends_on_key int not null, depends_on_version int not null)");
      for (int first = 0; first < keys; first += BATCH) {
        StringBuilder rows = new StringBuilder("insert into check_register values ");
        for (int key = first; key < Math.min(first + BATCH, keys); key++) {
          rows.append(key == first ? "(" : ", (").append(key).append(", 0, 0, 0)");
        }
        statement.execute(rows.toString());
      }
      String product = connection.getMetaData().getDatabaseProductName();
      return new RegisterTable(
          "select version, depends_on_key, depends_on_version, "
              + portExpression(product)
              + " from check_register where id = ?");
    }
  }

  static int[] versions(DataSource primary, int keys) throws SQLException {
    int[] versions = new int[keys];
    try (Connection connection = primary.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select id, version from check_register")) {
      while (rows.next()) {
        versions[rows.getInt(1)] = rows.getInt(2);
      }
    }
    return versions;
  }

  Row read(Connection connection, int key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(read)) {
      statement.setInt(1, key);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("there is no register " + key + "; was the workload prepared?");
        }
        int port = row.getInt(4);
        return new Row(
            row.getInt(1), row.getInt(2), row.getInt(3), port == 0 ? null : "port " + port);
      }
    }
  }

  /** Returns whether the row took the version, which it does not if it has a newer one. */
  boolean write(Connection connection, int key, Row row) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
      statement.setInt(1, row.version());
      statement.setInt(2, row.dependsOnKey());
      statement.setInt(3, row.dependsOnVersion());
      statement.setInt(4, key);
      statement.setInt(5, row.version());
      return statement.executeUpdate() == 1;
    }
  }

  /** Each row tells the port of the server it comes from, where the product can say it. */
  private static String portExpression(String product) {
    return switch (product.toLowerCase(Locale.ROOT)) {
      case "postgresql" -> "inet_server_port()";
      case "mysql", "mariadb" -> "@@port";
      default -> "0";
    };
  }
}
