// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.sharding.internal.SqlWork;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The question to the control database whether the map names the other shard from here on, asked
 * while writers are kept out.
 *
 * <p>It has a deadline, as the database may be silent. Until the commit has been sent the question
 * can be taken back, and then it is certain that nothing has changed. After that nobody knows but
 * the database: it is asked until it answers, and what has not happened by then is ruled out by a
 * new token of the move, which the commit would not meet any more. Nothing is guessed.
 *
 * <p>Confined to the thread of the mover; each question is asked by a thread of its own, so that it
 * can be left.
 */
final class Decision {
  private static final Logger LOG = LoggerFactory.getLogger(Mover.class);
  private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final DataSource control;
  private final MonotonicClock clock;
  private final Duration lease;
  private final Duration patience;

  /**
   * A decision of a mover.
   *
   * @param patience when a question that was not answered is taken back
   */
  Decision(DataSource control, MonotonicClock clock, Duration lease, Duration patience) {
    this.control = control;
    this.clock = clock;
    this.lease = lease;
    this.patience = patience;
  }

  /**
   * What came of it.
   *
   * @param move as it is now: in the new state, or still in the one before, which is final for this
   *     question; with another token where it took one to find out
   * @param inMap false if the map has no shard of the name
   */
  record Outcome(Move move, boolean inMap) {}

  /** How far a question has got. */
  private enum Stage {
    ASKING,
    SENT,
    TAKEN_BACK
  }

  /**
   * Lets the map name the winner.
   *
   * @throws FencedException if another mover has the move
   */
  Outcome make(Move move, MoveState switched, String winner) throws SQLException {
    long deadlineNanos = clock.nanoTime() + patience.toNanos();
    while (true) {
      AtomicReference<Stage> stage = new AtomicReference<>(Stage.ASKING);
      try {
        long version =
            ask(
                Math.max(0, deadlineNanos - clock.nanoTime()),
                connection -> {
                  long next = MoveLedger.commitSwitch(connection, move, switched, winner);
                  if (!stage.compareAndSet(Stage.ASKING, Stage.SENT)) {
                    throw new SQLTimeoutException("taken back");
                  }
                  return next;
                });
        return version == MoveLedger.NOT_IN_MAP
            ? new Outcome(move, false)
            : new Outcome(move.switched(switched, version), true);
      } catch (FencedException e) {
        throw e;
      } catch (SQLException e) {
        if (!stage.compareAndSet(Stage.ASKING, Stage.TAKEN_BACK)) {
          LOG.warn("Move {}: the outcome of the switch is not known yet", move.id(), e);
          return new Outcome(findOut(move, switched), true);
        }
        if (clock.nanoTime() - deadlineNanos >= 0) {
          LOG.warn("Move {}: the control database did not answer in time", move.id(), e);
          return new Outcome(move, true);
        }
        pause();
      }
    }
  }

  /** The move as it is for good, however long it takes to be told. */
  private Move findOut(Move move, MoveState switched) throws SQLException {
    while (true) {
      try {
        Move now = ask(patience.toNanos(), connection -> MoveLedger.get(connection, move.id()));
        if (!Objects.equals(now.owner(), move.owner())) {
          throw new FencedException("move " + move.id() + " has gone on without this mover");
        }
        if (now.token() == move.token() && now.state() == switched) {
          return now;
        }
        // It may still be on its way; not to this token any more.
        Move taken =
            ask(
                patience.toNanos(),
                connection -> {
                  String owner = Objects.requireNonNull(move.owner());
                  long token = MoveLedger.claim(connection, now, owner, lease);
                  return token == 0 ? now : MoveLedger.get(connection, move.id());
                });
        if (taken.token() != now.token()) {
          return taken;
        }
      } catch (FencedException e) {
        throw e;
      } catch (SQLException e) {
        LOG.warn("Move {}: the control database does not answer; asking again", move.id(), e);
      }
      pause();
    }
  }

  /** Asks in a transaction; one that takes too long is left, and its connection ended. */
  private <T> T ask(long patienceNanos, SqlWork<T> work) throws SQLException {
    AtomicReference<@Nullable Connection> asked = new AtomicReference<>();
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              try (Connection connection = control.getConnection()) {
                asked.set(connection);
                return Silence.inTransaction(connection, patience, work);
              }
            });
    start("mover-asks", task);
    try {
      return task.get(patienceNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      Connection silent = asked.get();
      if (silent != null) {
        // Some drivers ask the server for that, which may be as silent.
        start("mover-hangs-up", () -> abort(silent));
      }
      throw new SQLTimeoutException("the control database did not answer", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SQLException failure) {
        throw failure;
      }
      throw new SQLException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting for the control database", e);
    }
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void abort(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      LOG.debug("a silent connection could not be ended", e);
    }
  }

  private static void pause() throws SQLException {
    LockSupport.parkNanos(ASK_NANOS);
    if (Thread.interrupted()) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting for the control database");
    }
  }
}
