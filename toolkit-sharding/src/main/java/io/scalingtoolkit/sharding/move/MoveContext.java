// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.sharding.internal.Instances;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the steps of a move need besides the two shards.
 *
 * <p>Confined to the thread of the mover.
 */
final class MoveContext {
  private static final Logger LOG = LoggerFactory.getLogger(Mover.class);
  private static final long REPORT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** Writers are let in again long before another mover may think that this one is gone. */
  private static final int PATIENCES_A_LEASE = 4;

  private static final Duration LEAST_PATIENCE = Duration.ofMillis(500);

  private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final MoveLedger ledger;
  private final DataSource control;
  private final MoveOptions options;
  private final MoveListener listener;
  private final MonotonicClock clock;
  private final ReplicaWait replicas;
  private final HeldMoves held;
  private long rows;
  private long reportedNanos;
  private long copyStartNanos;
  private long copiedSinceStart;

  MoveContext(
      MoveLedger ledger,
      DataSource control,
      MoveOptions options,
      MoveListener listener,
      MonotonicClock clock,
      ReplicaWait replicas,
      HeldMoves held) {
    this.replicas = replicas;
    this.held = held;
    this.ledger = ledger;
    this.control = control;
    this.options = options;
    this.listener = listener;
    this.clock = clock;
    this.reportedNanos = clock.nanoTime();
    this.copyStartNanos = reportedNanos;
  }

  MoveLedger ledger() {
    return ledger;
  }

  MoveOptions options() {
    return options;
  }

  MoveListener listener() {
    return listener;
  }

  long nanoTime() {
    return clock.nanoTime();
  }

  Attempts attempts() {
    return new Attempts(options.freezeAttempts());
  }

  long rows(Move move) {
    return move.rows() + rows;
  }

  Move changed(Move move, MoveState state, String progress) {
    Move next = copy(move, state, move.version(), progress, move.rows() + rows);
    rows = 0;
    reportedNanos = clock.nanoTime();
    listener.progressed(next);
    return next;
  }

  void told(Move move) {
    listener.progressed(move);
  }

  private static Move copy(Move move, MoveState state, long version, String progress, long rows) {
    return new Move(
        move.id(),
        move.slots(),
        move.source(),
        move.target(),
        state,
        move.token(),
        move.owner(),
        move.leaseUntil(),
        version,
        progress,
        rows);
  }

  /** Counts rows, and holds the copy to its rate. */
  void copied(int count) {
    rows += count;
    if (options.rowsPerSecond() == 0) {
      return;
    }
    copiedSinceStart += count;
    double seconds = copiedSinceStart / (double) options.rowsPerSecond();
    long due = copyStartNanos + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    long wait = due - clock.nanoTime();
    if (wait > 0) {
      LockSupport.parkNanos(Math.min(wait, options.lease().toNanos() / 4));
    } else if (wait < -TimeUnit.SECONDS.toNanos(1)) {
      copyStartNanos = clock.nanoTime();
      copiedSinceStart = 0;
    }
  }

  /** Whether it is time to write down the progress. */
  boolean due() {
    return clock.nanoTime() - reportedNanos >= REPORT_NANOS;
  }

  /** Renews the leases when it is time: that of this move, and those of the others in hand. */
  void renew(Move move) throws SQLException {
    renewOwn(move);
    held.renewOthers(move.id());
  }

  /**
   * As {@link #renew}, and follows a move that soaks. For when no writer is kept out and this mover
   * has no transaction.
   */
  void beat(Move move) throws SQLException {
    renew(move);
    held.followOne(clock.nanoTime());
  }

  /** Renews the lease of this move alone when it is time. */
  void renewOwn(Move move) throws SQLException {
    if (clock.nanoTime() - reportedNanos >= Math.max(REPORT_NANOS, options.lease().toNanos() / 4)) {
      ledger.advance(move, move.state(), move.progress(), rows(move), options.lease());
      reportedNanos = clock.nanoTime();
    }
  }

  void warn(Move move, String reason) {
    LOG.warn("Move {} of slots {} is undone: {}", move.id(), move.slots(), reason);
  }

  void requireBudget(long depth) throws SQLException {
    if (depth > options.logBudget()) {
      throw new BudgetException(
          depth + " changed keys wait, more than the budget of " + options.logBudget());
    }
  }

  /** Both shards must have the same tables, by name and kind of their columns. */
  void requireSameShape(ShardSide source, ShardSide target) throws SQLException {
    List<String> drift = new ArrayList<>();
    for (TableShape there : target.shapes()) {
      TableShape here = source.shape(there.table().name());
      TreeSet<String> left = new TreeSet<>(described(here));
      TreeSet<String> right = new TreeSet<>(described(there));
      if (!left.equals(right)) {
        TreeSet<String> both = new TreeSet<>(left);
        both.retainAll(right);
        left.removeAll(both);
        right.removeAll(both);
        drift.add(
            there.table().name()
                + ": \""
                + source.name()
                + "\" has "
                + left
                + ", \""
                + target.name()
                + "\" has "
                + right);
      }
    }
    if (!drift.isEmpty()) {
      throw new SQLException(
          "the tables of both shards must be the same before rows move; "
              + String.join("; ", drift),
          "TK006");
    }
  }

  private static List<String> described(TableShape shape) {
    List<String> facts = new ArrayList<>();
    shape.columns().forEach(each -> facts.add(each.name() + ' ' + each.kind()));
    facts.add("primary key " + shape.keyColumns().stream().map(TableShape.Column::name).toList());
    return facts;
  }

  /** As {@link Decision#make}. */
  Decision.Outcome decide(Move move, MoveState switched, String winner) throws SQLException {
    Duration part = options.lease().dividedBy(PATIENCES_A_LEASE);
    Duration patience = part.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : part;
    return new Decision(control, clock, options.lease(), patience).make(move, switched, winner);
  }

  /** Waits until nobody reads the slots by an older map. */
  void awaitReaders(Move move) throws SQLException {
    while (true) {
      List<String> behind = Instances.behind(control, move.version(), options.readLease());
      if (behind.isEmpty()) {
        return;
      }
      beat(move);
      pause();
    }
  }

  /** Waits until replicas of the new owner have what the move brought there. */
  void awaitReplicas(Move move, ShardSide owner) throws SQLException {
    while (!replicas.caughtUp(move, owner.name())) {
      beat(move);
      pause();
    }
  }

  private static void pause() throws SQLException {
    LockSupport.parkNanos(ASK_NANOS);
    if (Thread.interrupted()) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while readers are waited for; resume goes on");
    }
  }
}
