// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.internal.SqlStep;
import io.scalingtoolkit.sharding.internal.SqlWork;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;

/**
 * The table {@code tk_node} of the control database: who has which node number, until when by the
 * clock of that database, and up to which time ids of it may have been handed out.
 *
 * <p>Thread-safe. All changes are compare-and-set on the holder.
 */
final class NodeTable {
  private static final int MYSQL_DUPLICATE = 1062;

  private final DataSource control;

  NodeTable(DataSource control) {
    this.control = control;
  }

  /** A row that a holder has just written. */
  record Claim(int node, long ceilingBeforeMillis) {}

  void create() throws SQLException {
    SqlStep.creating(
        control,
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute(
                "create table if not exists tk_node (node integer not null primary key, holder"
                    + " varchar(64) not null, lease_until bigint not null, ceiling bigint not"
                    + " null)");
          }
        });
  }

  /** The clock of the database, in milliseconds since 1970. */
  long now() throws SQLException {
    return SqlWork.inTransaction(
        control,
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet rows = statement.executeQuery(SqlProduct.of(connection).nowQuery())) {
            rows.next();
            return rows.getLong(1);
          }
        });
  }

  /**
   * Takes a node that nobody has, if one can be found.
   *
   * @param clockMillis the clock of this machine; rather one whose ids are not ahead of it
   * @return empty if others were faster, or all nodes are taken: {@link #hasFree} tells
   */
  Optional<Claim> claim(String holder, long leaseMillis, int nodes, long clockMillis)
      throws SQLException {
    Optional<Claim> claim =
        SqlWork.inTransaction(
            control,
            connection -> takeExpired(connection, holder, leaseMillis, nodes, clockMillis));
    if (claim.isEmpty()) {
      claim =
          SqlWork.inTransaction(
              control, connection -> takeNew(connection, holder, leaseMillis, nodes));
    }
    // Better one whose ids are ahead of this clock, which has to be waited for, than none.
    return claim.isPresent()
        ? claim
        : SqlWork.inTransaction(
            control,
            connection -> takeExpired(connection, holder, leaseMillis, nodes, Long.MAX_VALUE));
  }

  private static Optional<Claim> takeExpired(
      Connection connection, String holder, long leaseMillis, int nodes, long highestMillis)
      throws SQLException {
    String now = "(" + SqlProduct.of(connection).nowQuery() + ")";
    int node;
    String before;
    long ceiling;
    try (PreparedStatement select =
        connection.prepareStatement(
            "select node, holder, ceiling from tk_node where lease_until < "
                + now
                + " and node < ? and ceiling <= ? order by ceiling, node limit 1")) {
      select.setInt(1, nodes);
      select.setLong(2, highestMillis);
      try (ResultSet rows = select.executeQuery()) {
        if (!rows.next()) {
          return Optional.empty();
        }
        node = rows.getInt(1);
        before = rows.getString(2);
        ceiling = rows.getLong(3);
      }
    }
    // The ceiling too: a holder that is late with its renewal may have raised it meanwhile.
    try (PreparedStatement update =
        connection.prepareStatement(
            "update tk_node set holder = ?, lease_until = "
                + now
                + " + ? where node = ? and holder = ? and ceiling = ? and lease_until < "
                + now)) {
      update.setString(1, holder);
      update.setLong(2, leaseMillis);
      update.setInt(3, node);
      update.setString(4, before);
      update.setLong(5, ceiling);
      return update.executeUpdate() == 1 ? Optional.of(new Claim(node, ceiling)) : Optional.empty();
    }
  }

  private static Optional<Claim> takeNew(
      Connection connection, String holder, long leaseMillis, int nodes) throws SQLException {
    SqlProduct product = SqlProduct.of(connection);
    int node = firstFree(connection, nodes);
    if (node < 0) {
      return Optional.empty();
    }
    String sql =
        "insert into tk_node (node, holder, lease_until, ceiling) values (?, ?, ("
            + product.nowQuery()
            + ") + ?, 0)"
            + (product.isMySqlFamily() ? "" : " on conflict do nothing");
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setInt(1, node);
      insert.setString(2, holder);
      insert.setLong(3, leaseMillis);
      return insert.executeUpdate() == 1 ? Optional.of(new Claim(node, 0)) : Optional.empty();
    } catch (SQLException e) {
      if (product.isMySqlFamily() && e.getErrorCode() == MYSQL_DUPLICATE) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static int firstFree(Connection connection, int nodes) throws SQLException {
    Set<Integer> used = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select node from tk_node")) {
      while (rows.next()) {
        used.add(rows.getInt(1));
      }
    }
    for (int node = 0; node < nodes; node++) {
      if (!used.contains(node)) {
        return node;
      }
    }
    return -1;
  }

  /** Whether a node could be taken now. */
  boolean hasFree(int nodes) throws SQLException {
    return SqlWork.inTransaction(
        control,
        connection -> {
          if (firstFree(connection, nodes) >= 0) {
            return true;
          }
          String now = "(" + SqlProduct.of(connection).nowQuery() + ")";
          try (PreparedStatement select =
              connection.prepareStatement(
                  "select 1 from tk_node where lease_until < " + now + " and node < ?")) {
            select.setInt(1, nodes);
            try (ResultSet rows = select.executeQuery()) {
              return rows.next();
            }
          }
        });
  }

  /** Makes the lease longer and the ceiling higher; false if the holder has it no more. */
  boolean renew(int node, String holder, long leaseMillis, long ceilingMillis) throws SQLException {
    return SqlWork.inTransaction(
        control,
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "update tk_node set lease_until = ("
                      + SqlProduct.of(connection).nowQuery()
                      + ") + ?, ceiling = case when ceiling > ? then ceiling else ? end where node ="
                      + " ? and holder = ?")) {
            update.setLong(1, leaseMillis);
            update.setLong(2, ceilingMillis);
            update.setLong(3, ceilingMillis);
            update.setInt(4, node);
            update.setString(5, holder);
            return update.executeUpdate() == 1;
          }
        });
  }

  /**
   * Gives a node back, of which ids were handed out up to a time; does nothing if it is not his.
   */
  void giveBack(int node, String holder, long lastMillis) throws SQLException {
    SqlStep.inTransaction(
        control,
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "update tk_node set lease_until = 0, ceiling = ? where node = ? and holder = ?")) {
            update.setLong(1, lastMillis);
            update.setInt(2, node);
            update.setString(3, holder);
            int unused = update.executeUpdate();
          }
        });
  }
}
