// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * Which processes use which version of the map, in the table {@code tk_instance} of the control
 * database. Rows on a source are kept until nobody reads them by an old map.
 */
public final class Instances {
  private Instances() {}

  /** Creates the table; does nothing where it is. */
  public static void createTable(DataSource control) throws SQLException {
    SqlStep.creating(
        control,
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute(
                "create table if not exists tk_instance (id varchar(64) not null primary key,"
                    + " version bigint not null, seen_at bigint not null)");
          }
        });
  }

  /** Says that an instance uses a version now. */
  public static void report(DataSource control, String id, long version) throws SQLException {
    SqlStep.inTransaction(
        control,
        connection -> {
          long now = now(connection);
          try (PreparedStatement update =
              connection.prepareStatement(
                  "update tk_instance set version = ?, seen_at = ? where id = ?")) {
            update.setLong(1, version);
            update.setLong(2, now);
            update.setString(3, id);
            if (update.executeUpdate() == 1) {
              return;
            }
          }
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "insert into tk_instance (version, seen_at, id) values (?, ?, ?)")) {
            insert.setLong(1, version);
            insert.setLong(2, now);
            insert.setString(3, id);
            insert.executeUpdate();
          }
        });
  }

  /** Takes an instance out that has been closed. */
  public static void remove(DataSource control, String id) throws SQLException {
    SqlStep.inTransaction(
        control,
        connection -> {
          try (PreparedStatement delete =
              connection.prepareStatement("delete from tk_instance where id = ?")) {
            delete.setString(1, id);
            delete.executeUpdate();
          }
        });
  }

  /**
   * Instances that reported an older version, and that within the lease: one that was silent for
   * longer reads by no map any more without asking the shard.
   */
  public static List<String> behind(DataSource control, long version, Duration lease)
      throws SQLException {
    return SqlWork.inTransaction(
        control,
        connection -> {
          List<String> found = new ArrayList<>();
          try (PreparedStatement select =
              connection.prepareStatement(
                  "select id from tk_instance where version < ? and seen_at > ? order by id")) {
            select.setLong(1, version);
            select.setLong(2, now(connection) - lease.toMillis());
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                found.add(rows.getString(1));
              }
            }
          }
          return found;
        });
  }

  private static long now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(SqlProduct.of(connection).nowQuery())) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
