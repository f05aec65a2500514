// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.replication.internal.node.Lease;
import io.scalingtoolkit.replication.internal.route.Reason;
import io.scalingtoolkit.replication.sql.Classification;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * What plain, prepared and callable statements share: the statement of the driver that stands
 * behind them for now, its settings, and the loop around an execution; confined.
 *
 * @param <S> the kind of statement
 */
abstract class RoutedStatements<S extends Statement> {
  final RoutedConnection connection;
  final Shape shape;
  private @Nullable S physical;
  private @Nullable Lease lease;
  private @Nullable RoutedResultSet result;
  // The last execution left a result that was not asked for yet.
  private boolean resultWaits;
  private @Nullable StatementSettings settings;
  private boolean closed;
  private boolean closeOnCompletion;
  // Must be on the primary for a reason other than its text.
  private boolean early;
  // Kept by the connection.
  @Nullable RoutedStatements<?> previous;
  @Nullable RoutedStatements<?> next;

  RoutedStatements(RoutedConnection connection, Shape shape) {
    this.connection = connection;
    this.shape = shape;
    this.early = shape.early();
    connection.opened(this);
  }

  /** A call of the driver's statement. */
  interface Call<S, R extends @Nullable Object> {
    R on(S statement) throws SQLException;
  }

  /** Makes the statement on a connection of the driver. */
  abstract S make(Connection on) throws SQLException;

  /** Brings a statement of the driver up to date before it is executed. */
  void fill(S statement) throws SQLException {}

  /** Returns this as the application sees it. */
  abstract Statement self();

  final void checkOpen() throws SQLException {
    if (closed) {
      throw new SQLException("this statement is closed", "55000");
    }
    connection.checkOpen();
  }

  final void bindEarly() {
    early = true;
  }

  final @Nullable S present() {
    return physical;
  }

  /** Returns the driver's statement, on whatever connection there is. */
  public S delegate() throws SQLException {
    checkOpen();
    connection.applySettings();
    S present = physical;
    return present != null ? present : on(null);
  }

  /** Returns the driver's statement on the primary, or on the connection of the transaction. */
  final S onPrimary(String sql) throws SQLException {
    checkOpen();
    early = true;
    return on(connection.leaseFor(connection.routing.classify(sql), true, null));
  }

  private S on(@Nullable Lease target) throws SQLException {
    S present = physical;
    if (present != null && (target == null || lease == target)) {
      return present;
    }
    dropPhysical();
    Connection on = target == null ? connection.anyConnection() : target.connection();
    S made = make(on);
    physical = made;
    lease = target;
    if (settings != null) {
      settings.applyTo(made);
    }
    return made;
  }

  /** Runs a statement where it belongs, and once more elsewhere where that is harmless. */
  final <R extends @Nullable Object> R run(String sql, boolean primary, Call<? super S, R> call)
      throws SQLException {
    checkOpen();
    Classification statement = connection.routing.classify(sql);
    boolean needsPrimary = primary || early;
    closeResult();
    Lease target = connection.leaseFor(statement, needsPrimary, null);
    Retry retry = null;
    while (true) {
      try {
        S present = on(target);
        fill(present);
        // Reading the clock costs as much as the rest, so only some executions are timed.
        // A trial has to report how it went, or its breaker waits for that for ever.
        boolean timed =
            !target.isPrimary()
                && (target.node().takeLatencyWanted() || connection.reason() == Reason.TRIAL);
        long begin = timed ? connection.router.now() : 0;
        R answer = call.on(present);
        if (timed) {
          target.node().answered(connection.router.now() - begin);
        }
        connection.succeeded(target, statement.kind());
        return answer;
      } catch (SQLException e) {
        retry = retry == null ? new Retry(needsPrimary) : retry;
        target = connection.failed(target, sql, statement, e, retry);
      }
    }
  }

  final ResultSet wrap(ResultSet rows) {
    RoutedResultSet wrapped = new RoutedResultSet(self(), this, rows);
    result = wrapped;
    return wrapped;
  }

  final @Nullable ResultSet wrapCurrent(@Nullable ResultSet rows) {
    if (rows == null) {
      return null;
    }
    RoutedResultSet current = result;
    return current != null && current.wraps(rows) ? current : wrap(rows);
  }

  /** Takes note of what an execution says: that its first result is rows. */
  final boolean leftRows(boolean rows) {
    resultWaits = rows;
    return rows;
  }

  private void closeResult() {
    // The driver closes its result when the statement runs again; ours only has to know.
    result = null;
    resultWaits = false;
  }

  final SQLException brokenOff(SQLException e) {
    return connection.brokenOff(lease, e);
  }

  final void resultClosed(RoutedResultSet closedResult) throws SQLException {
    if (result == closedResult) {
      result = null;
      resultWaits = false;
      if (closeOnCompletion) {
        close();
      }
    }
  }

  final boolean isIdleOn(Lease on) {
    return lease != on || (result == null && !resultWaits);
  }

  final void detach(Lease from) {
    if (lease == from) {
      dropPhysical();
    }
  }

  private void dropPhysical() {
    S dropped = physical;
    physical = null;
    lease = null;
    if (dropped != null) {
      try {
        dropped.close();
      } catch (SQLException e) {
        // It goes with its connection then.
        RoutedConnection.LOG.debug("a statement could not be closed", e);
      }
    }
  }

  final void closedWithConnection() {
    closed = true;
    connection.closed(this);
    dropPhysical();
  }

  // What java.sql.Statement says for all kinds.

  public void close() throws SQLException {
    if (!closed) {
      closed = true;
      connection.closed(this);
      S dropped = physical;
      physical = null;
      if (dropped != null) {
        dropped.close();
      }
    }
  }

  public boolean isClosed() throws SQLException {
    return closed;
  }

  public Connection getConnection() throws SQLException {
    checkOpen();
    return connection;
  }

  public @Nullable ResultSet getResultSet() throws SQLException {
    return wrapCurrent(delegate().getResultSet());
  }

  public ResultSet getGeneratedKeys() throws SQLException {
    return new RoutedResultSet(self(), null, delegate().getGeneratedKeys());
  }

  public void closeOnCompletion() throws SQLException {
    checkOpen();
    closeOnCompletion = true;
  }

  public boolean isCloseOnCompletion() throws SQLException {
    checkOpen();
    return closeOnCompletion;
  }

  public void cancel() throws SQLException {
    S present = physical;
    if (present != null) {
      present.cancel();
    }
  }

  public @Nullable SQLWarning getWarnings() throws SQLException {
    checkOpen();
    S present = physical;
    return present == null ? null : present.getWarnings();
  }

  public void clearWarnings() throws SQLException {
    checkOpen();
    S present = physical;
    if (present != null) {
      present.clearWarnings();
    }
  }

  /** Records a setting, and passes it on if there is a statement of the driver already. */
  private void set(StatementSettings.Setting setting, int value) throws SQLException {
    checkOpen();
    S present = physical;
    if (present != null) {
      setting.apply(present, value);
    } else {
      setting.check(value);
    }
    if (settings == null) {
      settings = new StatementSettings();
    }
    settings.set(setting, value);
  }

  private int get(StatementSettings.Setting setting, int otherwise) throws SQLException {
    checkOpen();
    return settings == null ? otherwise : settings.get(setting, otherwise);
  }

  public void setFetchSize(int rows) throws SQLException {
    set(StatementSettings.Setting.FETCH_SIZE, rows);
  }

  public int getFetchSize() throws SQLException {
    return get(StatementSettings.Setting.FETCH_SIZE, 0);
  }

  public void setMaxRows(int max) throws SQLException {
    set(StatementSettings.Setting.MAX_ROWS, max);
  }

  public int getMaxRows() throws SQLException {
    return get(StatementSettings.Setting.MAX_ROWS, 0);
  }

  public void setQueryTimeout(int seconds) throws SQLException {
    set(StatementSettings.Setting.QUERY_TIMEOUT, seconds);
  }

  public int getQueryTimeout() throws SQLException {
    return get(StatementSettings.Setting.QUERY_TIMEOUT, 0);
  }

  public void setMaxFieldSize(int max) throws SQLException {
    set(StatementSettings.Setting.MAX_FIELD_SIZE, max);
  }

  public int getMaxFieldSize() throws SQLException {
    return get(StatementSettings.Setting.MAX_FIELD_SIZE, 0);
  }

  public void setFetchDirection(int direction) throws SQLException {
    set(StatementSettings.Setting.FETCH_DIRECTION, direction);
  }

  public int getFetchDirection() throws SQLException {
    return get(StatementSettings.Setting.FETCH_DIRECTION, ResultSet.FETCH_FORWARD);
  }

  public void setEscapeProcessing(boolean on) throws SQLException {
    set(StatementSettings.Setting.ESCAPE_PROCESSING, on ? 1 : 0);
  }

  public void setPoolable(boolean on) throws SQLException {
    set(StatementSettings.Setting.POOLABLE, on ? 1 : 0);
  }
}
