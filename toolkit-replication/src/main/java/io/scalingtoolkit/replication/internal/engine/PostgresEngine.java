// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.replication.postgres.PostgresPosition;
import io.scalingtoolkit.replication.sql.SqlDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** PostgreSQL 12 or later with streaming replication; stateless and thread-safe. */
final class PostgresEngine implements Engine {
  // No commit that is visible now lies past the insert position, also with synchronous_commit =
  // off.
  // But what is inserted and no commit is flushed only with the next commit, and replicas get only
  // what is flushed: on an idle primary none would ever reach the insert position. A commit is
  // flushed before it is visible or, with synchronous_commit = off, within three rounds of the WAL
  // writer. So when the insert position has not moved for longer than that, all that is visible is
  // flushed, and the flush position takes its place. The timeline comes from the name of the WAL
  // file, because the control
  // file still shows the old one for a while after a promotion.
  private static final String SAMPLE =
      """
      SELECT r, CASE WHEN r THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END,
        CASE WHEN r THEN NULL ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END,
        CASE WHEN r THEN greatest((SELECT received_tli FROM pg_stat_wal_receiver),
          (SELECT timeline_id FROM pg_control_checkpoint())) END,
        CASE WHEN r THEN NULL ELSE pg_current_wal_flush_lsn() END
      FROM (SELECT pg_is_in_recovery() AS r) AS role
      """;
  // A crash of a server process restarts recovery without restarting the postmaster, and starts a
  // new checkpointer. Its start is hidden from some users, which leaves the time of the postmaster.
  private static final String INCARNATION =
      """
      SELECT concat(pg_postmaster_start_time(), '/',
        (SELECT max(backend_start) FROM pg_stat_activity WHERE backend_type = 'checkpointer'))
      """;
  private static final String CLUSTER =
      """
      SELECT (SELECT system_identifier FROM pg_control_system()),
        (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'),
        (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_writer_delay')
      """;

  // What the manual promises for asynchronous commits, and a little for the rounds themselves.
  private static final int WRITER_ROUNDS = 3;
  private static final int MARGIN_MILLIS = 200;

  @Override
  public SqlDialect dialect() {
    return SqlDialect.POSTGRESQL;
  }

  @Override
  public Probe open(Connection connection) throws SQLException {
    try {
      connection.setAutoCommit(true);
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(CLUSTER)) {
        rows.next();
        return new PostgresProbe(
            connection,
            new Constants(rows.getLong(1), rows.getLong(2), rows.getLong(3)),
            incarnation(connection));
      }
    } catch (SQLException e) {
      Closing.quietly(connection, e);
      throw e;
    }
  }

  @Override
  public String introduce(Connection connection, Role role) throws SQLException {
    return role == Role.PRIMARY ? "" : incarnation(connection);
  }

  private static String incarnation(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(INCARNATION)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @Override
  public void changeRole(Connection connection, Role role) {
    // A standby refuses writes by itself, and a session lives through a promotion.
  }

  @Override
  public boolean passesReadOnlyToReplicas() {
    return true;
  }

  @Override
  public Failure classify(SQLException failure) {
    String state = SqlStates.of(failure);
    return switch (state) {
      case "25006" -> Failure.REFUSED_WRITE;
      case "40001", "57P04" ->
          // A conflict with recovery has the state of a serialization failure. On a replica there
          // is no other kind, as it runs nothing serializable.
          Failure.RECOVERY_CONFLICT;
      case "40P01" -> Failure.RECOVERY_CONFLICT;
      default -> SqlStates.connectionLost(failure) ? Failure.CONNECTION_LOST : other(failure);
    };
  }

  private static Failure other(SQLException failure) {
    String state = SqlStates.of(failure);
    String message = String.valueOf(failure.getMessage());
    // What a standby cannot do has a state of its own kind each; the text names recovery. Messages
    // in another language fall through to STATEMENT, which is then shown to the caller.
    boolean recovery = message.contains("recovery") || message.contains("hot standby");
    return recovery && (state.equals("0A000") || state.equals("55000") || state.equals("XX000"))
        ? Failure.NOT_ON_A_REPLICA
        : Failure.STATEMENT;
  }

  @Override
  public @Nullable Position commitAndCapture(Connection connection, Position before)
      throws SQLException {
    return before instanceof PostgresPosition primary
        ? PostgresCommit.commit(connection, primary)
        : Engine.commitOnly(connection);
  }

  /**
   * What does not change while a server runs.
   *
   * @param systemId of the cluster
   * @param segmentBytes of a WAL file
   * @param writerDelayMillis from one round of the WAL writer to the next
   */
  private record Constants(long systemId, long segmentBytes, long writerDelayMillis) {
    long settledAfterNanos() {
      return TimeUnit.MILLISECONDS.toNanos(WRITER_ROUNDS * writerDelayMillis + MARGIN_MILLIS);
    }
  }

  /** One connection to one server from its start to its end. */
  private static final class PostgresProbe implements Probe {
    private final Connection connection;
    private final PreparedStatement statement;
    private final Constants constants;
    private final String incarnation;
    // Since when the insert position of a primary has been what it is.
    private long insert;
    private long insertSinceNanos;

    PostgresProbe(Connection connection, Constants constants, String incarnation)
        throws SQLException {
      this.connection = connection;
      this.constants = constants;
      this.incarnation = incarnation;
      this.statement = connection.prepareStatement(SAMPLE);
    }

    @Override
    public Sample sample(MonotonicClock clock) throws SQLException {
      long sent = clock.nanoTime();
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        long received = clock.nanoTime();
        String lsn = rows.getString(2);
        if (lsn == null) {
          throw new SQLException("the server has not replayed anything yet", "57P03");
        }
        long at = PostgresPosition.parseLsn(lsn);
        if (rows.getBoolean(1)) {
          Position replayed = position(rows.getInt(4), at);
          return sample(Role.REPLICA, rows.getInt(4), replayed, replayed, sent, received);
        }
        int timeline = Integer.parseUnsignedInt(rows.getString(3), 16);
        // Only what a replica is asked to reach is rounded, never what it has reached.
        Position written =
            position(timeline, PostgresPosition.withoutPageHeader(at, constants.segmentBytes()));
        boolean settled = settled(at, sent, received);
        Position bound =
            settled ? position(timeline, PostgresPosition.parseLsn(rows.getString(5))) : written;
        return sample(
            Role.PRIMARY,
            timeline,
            written.covers(bound) ? bound : written,
            written,
            sent,
            received);
      }
    }

    /** Tells whether every commit up to the insert position has been flushed. */
    private boolean settled(long insertNow, long sentNanos, long receivedNanos) {
      if (insertNow != insert || insertSinceNanos == 0) {
        insert = insertNow;
        insertSinceNanos = receivedNanos;
        return false;
      }
      return sentNanos - insertSinceNanos > constants.settledAfterNanos();
    }

    private Position position(int timeline, long lsn) {
      return PostgresPosition.of(constants.systemId(), timeline, lsn);
    }

    private Sample sample(
        Role role, int timeline, Position bound, Position written, long sent, long received) {
      return new Sample(
          role,
          Long.toUnsignedString(constants.systemId()),
          timeline,
          incarnation,
          bound,
          written,
          sent,
          received);
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
