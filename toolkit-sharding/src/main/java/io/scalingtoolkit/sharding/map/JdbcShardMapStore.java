// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import io.scalingtoolkit.sharding.internal.Instances;
import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.internal.SqlWork;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import javax.sql.DataSource;

/** One row, replaced by compare-and-set on its version. */
public final class JdbcShardMapStore implements ShardMapStore {
  private static final String NONE = "the control database has no shard map yet; create one";

  private final DataSource control;

  JdbcShardMapStore(DataSource control) {
    this.control = Objects.requireNonNull(control, "control");
  }

  @Override
  public ShardMap load() throws SQLException {
    try {
      return SqlWork.inTransaction(control, connection -> read(connection, ""));
    } catch (SQLException e) {
      throw noMap(e);
    }
  }

  @Override
  public long version() throws SQLException {
    try {
      // In a transaction, as load(): a statement alone could be answered by a replica.
      return SqlWork.inTransaction(control, JdbcShardMapStore::readVersion);
    } catch (SQLException e) {
      throw noMap(e);
    }
  }

  /** Tells a database in which nobody has made a map yet from one that fails. */
  private SQLException noMap(SQLException failure) {
    try (Connection connection = control.getConnection();
        ResultSet tables =
            connection
                .getMetaData()
                .getTables(connection.getCatalog(), connection.getSchema(), "tk_map", null)) {
      return tables.next() ? failure : new SQLException(NONE, NO_MAP, failure);
    } catch (SQLException e) {
      failure.addSuppressed(e);
      return failure;
    }
  }

  @Override
  public boolean create(ShardMap first) throws SQLException {
    Instances.createTable(control);
    return SqlWork.creating(
        control,
        connection -> {
          createTable(connection);
          if (exists(connection)) {
            return false;
          }
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "insert into tk_map (id, version, body) values (1, ?, ?)")) {
            insert.setLong(1, first.version());
            insert.setString(2, MapText.write(first));
            insert.executeUpdate();
          }
          return true;
        });
  }

  @Override
  public void report(String instance, long version) throws SQLException {
    try {
      Instances.report(control, instance, version);
    } catch (SQLException e) {
      throw noMap(e);
    }
  }

  @Override
  public void withdraw(String instance) throws SQLException {
    Instances.remove(control, instance);
  }

  private static void createTable(Connection connection) throws SQLException {
    SqlProduct product = SqlProduct.of(connection);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "create table if not exists tk_map (id integer not null primary key, version bigint not"
              + " null, body "
              + product.textType()
              + " not null)");
    }
  }

  private static boolean exists(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select 1 from tk_map where id = 1")) {
      return rows.next();
    }
  }

  @Override
  public boolean replace(ShardMap next) throws SQLException {
    return SqlWork.inTransaction(control, connection -> replace(connection, next));
  }

  /**
   * The current map, locked until the transaction of the connection ends.
   *
   * @throws SQLException if the database does not answer, or has no map: SQLState {@code TK003}
   */
  public static ShardMap lock(Connection connection) throws SQLException {
    return read(connection, SqlProduct.of(connection).forUpdate());
  }

  /** As {@link #replace(ShardMap)}, in the transaction of the connection. */
  public static boolean replace(Connection connection, ShardMap next) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "update tk_map set version = ?, body = ? where id = 1 and version = ?")) {
      update.setLong(1, next.version());
      update.setString(2, MapText.write(next));
      update.setLong(3, next.version() - 1);
      return update.executeUpdate() == 1;
    }
  }

  private static long readVersion(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select version from tk_map where id = 1")) {
      if (!rows.next()) {
        throw new SQLException(NONE, NO_MAP);
      }
      return rows.getLong(1);
    }
  }

  private static ShardMap read(Connection connection, String suffix) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("select version, body from tk_map where id = 1" + suffix)) {
      if (!rows.next()) {
        throw new SQLException(NONE, NO_MAP);
      }
      return MapText.read(rows.getLong(1), rows.getString(2));
    }
  }
}
