// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The moves that one call of a mover has in hand. While it is at one of them the leases of all are
 * renewed, and what was written since the switch of those that soak is carried back, a little of
 * one move at a time.
 *
 * <p>Confined to the thread of the mover.
 */
final class HeldMoves {
  private static final Logger LOG = LoggerFactory.getLogger(Mover.class);
  private static final long FOLLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Those that were followed last at the end. */
  private final List<MoveRun> runs = new ArrayList<>();

  /** Moves that could not be followed the last time. */
  private final Set<String> failing = new HashSet<>();

  private boolean following;
  private @Nullable FencedException lost;

  void add(MoveRun run) {
    runs.add(run);
  }

  void remove(MoveRun run) {
    runs.remove(run);
  }

  List<MoveRun> list() {
    return List.copyOf(runs);
  }

  /** Renews the leases of the others that are due. */
  void renewOthers(String id) throws BudgetException {
    for (MoveRun run : list()) {
      if (!run.move().id().equals(id)) {
        attempt(run, run::renew);
      }
    }
  }

  /**
   * Follows the move that has waited for it longest, if one has for a while.
   *
   * @throws BudgetException if it has more changes than may wait: whatever else the mover is at has
   *     to stop, or it will have even more
   */
  void followOne(long nanoTime) throws BudgetException {
    for (MoveRun run : list()) {
      if (run.move().state() == MoveState.SOAKING
          && nanoTime - run.followedNanos() >= FOLLOW_NANOS) {
        follow(run);
        return;
      }
    }
  }

  private void follow(MoveRun run) throws BudgetException {
    if (following) {
      return;
    }
    following = true;
    runs.remove(run);
    runs.add(run);
    try {
      attempt(run, run::follow);
    } finally {
      following = false;
    }
  }

  /** What is done to a move besides another one. */
  private interface Step {
    void run() throws SQLException;
  }

  /** A database that fails is asked again the next time, and harms no other move meanwhile. */
  private void attempt(MoveRun run, Step step) throws BudgetException {
    String id = run.move().id();
    try {
      step.run();
      failing.remove(id);
    } catch (BudgetException e) {
      throw e;
    } catch (FencedException e) {
      LOG.warn("Move {} soaked, and was taken over by another mover", id, e);
      runs.remove(run);
      lost = lost == null ? e : lost;
    } catch (SQLException e) {
      if (failing.add(id)) {
        LOG.warn("Move {} soaks, and could not be followed; trying again", id, e);
      }
    }
  }

  /** Follows all until each has soaked for as long as it is to. */
  void soak() throws SQLException {
    while (runs.stream().anyMatch(run -> !run.hasSoaked())) {
      for (MoveRun run : list()) {
        follow(run);
      }
      LockSupport.parkNanos(FOLLOW_NANOS);
      if (Thread.interrupted()) {
        Thread.currentThread().interrupt();
        throw new SQLException("interrupted while the moves soak; resume goes on with them");
      }
    }
  }

  /** Fails if another mover has taken over one that this call had. */
  void requireAll() throws FencedException {
    if (lost != null) {
      throw lost;
    }
  }
}
