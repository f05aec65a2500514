// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** With which arguments a statement was asked for, to make it anew on another connection. */
sealed interface Shape {
  /** No arguments. */
  Shape DEFAULT = new Plain();

  static Shape of(int type, int concurrency) {
    return new Results(type, concurrency);
  }

  static Shape of(int type, int concurrency, int holdability) {
    return new HeldResults(type, concurrency, holdability);
  }

  static Shape keys(Object what) {
    return new Keys(what);
  }

  /** Tells whether such a statement must be on the primary. */
  boolean early();

  Statement create(Connection connection) throws SQLException;

  PreparedStatement prepare(Connection connection, String sql) throws SQLException;

  CallableStatement call(Connection connection, String sql) throws SQLException;

  /** No arguments. */
  record Plain() implements Shape {
    @Override
    public boolean early() {
      return false;
    }

    @Override
    public Statement create(Connection connection) throws SQLException {
      return connection.createStatement();
    }

    @Override
    public PreparedStatement prepare(Connection connection, String sql) throws SQLException {
      return connection.prepareStatement(sql);
    }

    @Override
    public CallableStatement call(Connection connection, String sql) throws SQLException {
      return connection.prepareCall(sql);
    }
  }

  /** Type and concurrency of results. */
  record Results(int type, int concurrency) implements Shape {
    @Override
    public boolean early() {
      return concurrency == ResultSet.CONCUR_UPDATABLE;
    }

    @Override
    public Statement create(Connection connection) throws SQLException {
      return connection.createStatement(type, concurrency);
    }

    @Override
    public PreparedStatement prepare(Connection connection, String sql) throws SQLException {
      return connection.prepareStatement(sql, type, concurrency);
    }

    @Override
    public CallableStatement call(Connection connection, String sql) throws SQLException {
      return connection.prepareCall(sql, type, concurrency);
    }
  }

  /** Type, concurrency and holdability of results. */
  record HeldResults(int type, int concurrency, int holdability) implements Shape {
    @Override
    public boolean early() {
      return concurrency == ResultSet.CONCUR_UPDATABLE;
    }

    @Override
    public Statement create(Connection connection) throws SQLException {
      return connection.createStatement(type, concurrency, holdability);
    }

    @Override
    public PreparedStatement prepare(Connection connection, String sql) throws SQLException {
      return connection.prepareStatement(sql, type, concurrency, holdability);
    }

    @Override
    public CallableStatement call(Connection connection, String sql) throws SQLException {
      return connection.prepareCall(sql, type, concurrency, holdability);
    }
  }

  /**
   * Generated keys.
   *
   * @param what the constant of JDBC, the column indexes or the column names
   */
  record Keys(Object what) implements Shape {
    @Override
    public boolean early() {
      return true;
    }

    @Override
    public Statement create(Connection connection) throws SQLException {
      return connection.createStatement();
    }

    @Override
    public PreparedStatement prepare(Connection connection, String sql) throws SQLException {
      if (what instanceof int[] indexes) {
        return connection.prepareStatement(sql, indexes);
      }
      return what instanceof String[] names
          ? connection.prepareStatement(sql, names)
          : connection.prepareStatement(sql, (Integer) what);
    }

    @Override
    public CallableStatement call(Connection connection, String sql) throws SQLException {
      return connection.prepareCall(sql);
    }
  }
}
