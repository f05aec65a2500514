// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;

/** What MariaDB and MySQL have in common. */
abstract class GtidEngine implements Engine {
  private static final int READ_ONLY_OPTION = 1290;
  private static final int READ_ONLY_TRANSACTION = 1792;
  private static final int READ_ONLY_MODE = 1836;
  private static final int SHUTDOWN = 1053;
  private static final int KILLED = 1927;
  private static final int DEADLOCK = 1213;
  // The server tells its age in whole seconds, so two estimates of one start differ by that much.
  private static final double SAME_START_SECONDS = 2;

  private final String sampleSql;
  private final String uptimeSql;

  GtidEngine(String sampleSql, String uptimeSql) {
    this.sampleSql = sampleSql;
    this.uptimeSql = uptimeSql;
  }

  /** Returns the position that the last two columns of the sample stand for. */
  abstract Position position(boolean primary, String logged, String replayed);

  @Override
  public final Probe open(Connection connection) throws SQLException {
    try {
      connection.setAutoCommit(true);
      return new GtidProbe(connection, incarnation(connection));
    } catch (SQLException e) {
      Closing.quietly(connection, e);
      throw e;
    }
  }

  /**
   * A privileged user may write to a read-only server, and some statements with effects on the
   * session are let through; a read-only transaction refuses both.
   */
  @Override
  public final String introduce(Connection connection, Role role) throws SQLException {
    if (role == Role.PRIMARY) {
      trackPosition(connection);
      return "";
    }
    changeRole(connection, role);
    return incarnation(connection);
  }

  /** Has the server tell on a primary's connection what its commits led to, if that is wanted. */
  void trackPosition(Connection connection) throws SQLException {
    // Not all products can.
  }

  @Override
  public final void changeRole(Connection connection, Role role) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          role == Role.REPLICA
              ? "SET SESSION TRANSACTION READ ONLY"
              : "SET SESSION TRANSACTION READ WRITE");
    }
    if (role == Role.PRIMARY) {
      trackPosition(connection);
    }
  }

  @Override
  public final boolean passesReadOnlyToReplicas() {
    return false;
  }

  @Override
  public final boolean sameIncarnation(String first, String second) {
    return first.equals(second)
        || Math.abs(Double.parseDouble(first) - Double.parseDouble(second)) < SAME_START_SECONDS;
  }

  /** Returns the time at which the server started by its own clock, in seconds. */
  private String incarnation(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT UNIX_TIMESTAMP(SYSDATE(3)) - (" + uptimeSql + ")")) {
      rows.next();
      return Double.toString(rows.getDouble(1));
    }
  }

  @Override
  public final Failure classify(SQLException failure) {
    return switch (failure.getErrorCode()) {
      case READ_ONLY_OPTION, READ_ONLY_TRANSACTION, READ_ONLY_MODE -> Failure.REFUSED_WRITE;
      case SHUTDOWN, KILLED -> Failure.CONNECTION_LOST;
      case DEADLOCK -> Failure.RECOVERY_CONFLICT;
      default -> SqlStates.connectionLost(failure) ? Failure.CONNECTION_LOST : Failure.STATEMENT;
    };
  }

  /** Reads three columns: whether read-only, what was logged, what was replayed. */
  private final class GtidProbe implements Probe {
    private final Connection connection;
    private final PreparedStatement statement;
    private final String incarnation;

    GtidProbe(Connection connection, String incarnation) throws SQLException {
      this.connection = connection;
      this.incarnation = incarnation;
      this.statement = connection.prepareStatement(sampleSql);
    }

    @Override
    public Sample sample(MonotonicClock clock) throws SQLException {
      long sent = clock.nanoTime();
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        String readOnly = text(rows, 1);
        boolean primary = readOnly.equals("0") || readOnly.equalsIgnoreCase("OFF");
        Position position = position(primary, text(rows, 2), text(rows, 3));
        return new Sample(
            primary ? Role.PRIMARY : Role.REPLICA,
            "",
            0,
            incarnation,
            position,
            sent,
            clock.nanoTime());
      } catch (IllegalArgumentException e) {
        throw new SQLException("the server's GTID position cannot be read", "HY000", e);
      }
    }

    private static String text(ResultSet rows, int column) throws SQLException {
      return Objects.requireNonNullElse(rows.getString(column), "");
    }

    @Override
    public void abort() throws SQLException {
      connection.abort(Runnable::run);
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }
}
