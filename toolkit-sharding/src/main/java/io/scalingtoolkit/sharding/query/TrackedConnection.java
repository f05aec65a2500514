// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection in a transaction that only reads, whose statements another thread can cancel.
 *
 * <p>It goes back to its pool by {@link #release}, not by {@code close}. The list of statements is
 * guarded by itself; those that were closed are dropped from it now and then.
 */
final class TrackedConnection implements ForwardingConnection {
  private static final Logger LOG = LoggerFactory.getLogger(ShardQuery.class);
  private static final int TIDY_FROM = 32;

  private final Connection delegate;
  private final boolean autoCommit;
  private final List<Statement> statements = new ArrayList<>();

  /** Takes a connection over; it is the caller's to close when this fails. */
  TrackedConnection(Connection delegate) throws SQLException {
    this.delegate = delegate;
    autoCommit = delegate.getAutoCommit();
    // PostgreSQL reads by cursor only within a transaction.
    delegate.setAutoCommit(false);
  }

  @Override
  public Connection delegate() {
    return delegate;
  }

  /** Cancels what is running; from another thread. Once released nothing is. */
  void cancel() {
    synchronized (statements) {
      // Not asking whether it is closed: Connector/J would wait for its end to answer.
      for (Statement statement : statements) {
        try {
          statement.cancel();
        } catch (SQLException e) {
          LOG.debug("A statement could not be cancelled; closed, or else broken soon", e);
        }
      }
    }
  }

  /** Breaks the connection; from another thread. */
  void breakOff() {
    breakOff(delegate);
  }

  static void breakOff(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      LOG.debug("A connection could not be broken", e);
    }
  }

  /** Ends the transaction and gives the connection back, as it was; broken if that fails. */
  void release() {
    synchronized (statements) {
      statements.clear();
    }
    try {
      rollBack();
      delegate.setAutoCommit(autoCommit);
    } catch (SQLException e) {
      LOG.debug("A transaction could not be ended; its connection is broken", e);
      breakOff();
    } finally {
      close(delegate);
    }
  }

  /** A second time where the first one met the cancelling of what was before it. */
  private void rollBack() throws SQLException {
    try {
      delegate.rollback();
    } catch (SQLException e) {
      LOG.debug("A rollback failed; tried again", e);
      delegate.rollback();
    }
  }

  /** A statement that was cancelled may say so once more when it is closed. */
  void noteClosing(SQLException failure) {
    LOG.debug("A statement could not be closed", failure);
  }

  static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("A connection could not be closed", e);
    }
  }

  private <S extends Statement> S track(S statement) throws SQLException {
    synchronized (statements) {
      if (statements.size() >= TIDY_FROM) {
        List<Statement> open = new ArrayList<>();
        for (Statement each : statements) {
          if (!each.isClosed()) {
            open.add(each);
          }
        }
        statements.clear();
        statements.addAll(open);
      }
      statements.add(statement);
    }
    return statement;
  }

  /** Does nothing: the query closes it. */
  @Override
  public void close() {}

  @Override
  public void commit() throws SQLException {
    throw readsOnly();
  }

  @Override
  public void setAutoCommit(boolean on) throws SQLException {
    if (on) {
      throw readsOnly();
    }
  }

  private static SQLException readsOnly() {
    return new SQLException("a query over shards only reads; write with inShard", "25006");
  }

  @Override
  public Statement createStatement() throws SQLException {
    return track(delegate.createStatement());
  }

  @Override
  public Statement createStatement(int type, int concurrency) throws SQLException {
    return track(delegate.createStatement(type, concurrency));
  }

  @Override
  public Statement createStatement(int type, int concurrency, int holdability) throws SQLException {
    return track(delegate.createStatement(type, concurrency, holdability));
  }

  @Override
  public PreparedStatement prepareStatement(String sql) throws SQLException {
    return track(delegate.prepareStatement(sql));
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int type, int concurrency)
      throws SQLException {
    return track(delegate.prepareStatement(sql, type, concurrency));
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int type, int concurrency, int holdability)
      throws SQLException {
    return track(delegate.prepareStatement(sql, type, concurrency, holdability));
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int generatedKeys) throws SQLException {
    return track(delegate.prepareStatement(sql, generatedKeys));
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int[] indexes) throws SQLException {
    return track(delegate.prepareStatement(sql, indexes));
  }

  @Override
  public PreparedStatement prepareStatement(String sql, String[] names) throws SQLException {
    return track(delegate.prepareStatement(sql, names));
  }

  @Override
  public CallableStatement prepareCall(String sql) throws SQLException {
    return track(delegate.prepareCall(sql));
  }

  @Override
  public CallableStatement prepareCall(String sql, int type, int concurrency) throws SQLException {
    return track(delegate.prepareCall(sql, type, concurrency));
  }

  @Override
  public CallableStatement prepareCall(String sql, int type, int concurrency, int holdability)
      throws SQLException {
    return track(delegate.prepareCall(sql, type, concurrency, holdability));
  }
}
