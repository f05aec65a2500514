// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.sharding.ShardWork;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.unique.UniqueSql.Entry;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transaction of an owner that takes unique values, gives some back, or both: a sign-up, a
 * deletion, a change of name.
 *
 * <p>Confined to one thread; to be run once.
 */
public final class UniqueChange {
  private static final Logger LOG = LoggerFactory.getLogger(UniqueChange.class);

  /** How often a client may be so slow that a sweep cancels what it has reserved. */
  private static final int MOST_ATTEMPTS = 3;

  private final UniqueKeys unique;
  private final UniqueShards shards;
  private final ShardKey owner;
  private final Set<UniqueValue> taken = new LinkedHashSet<>();
  private final Set<UniqueValue> released = new LinkedHashSet<>();

  UniqueChange(UniqueKeys unique, UniqueShards shards, ShardKey owner) {
    this.unique = unique;
    this.shards = shards;
    this.owner = owner;
  }

  /** Takes a value, which nobody may have, nor the owner itself. */
  public UniqueChange take(UniqueValue value) {
    requireNew(value);
    taken.add(value);
    return this;
  }

  /** Gives a value back; one that the owner does not have changes nothing. */
  public UniqueChange release(UniqueValue value) {
    requireNew(value);
    released.add(value);
    return this;
  }

  private void requireNew(UniqueValue value) {
    if (taken.contains(value) || released.contains(value)) {
      throw new IllegalArgumentException("a value is named twice: " + value);
    }
  }

  /**
   * Does work in one transaction at the shard of the owner, as {@code inShard} does, together with
   * the values.
   *
   * @param work may be run again from its beginning
   * @return what the work gave
   * @throws ValueTakenException if somebody has one of the values; the work was not run
   * @throws SQLException from the work, the commit or a pool. What a commit that failed has done is
   *     unknown; the values are the owner's exactly if it took effect
   * @throws IllegalStateException within other {@code inShard} work
   */
  public <T extends @Nullable Object> T run(ShardWork<T> work) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      List<Reservation> reservations =
          taken.isEmpty() ? List.of() : unique.reserve(new ArrayList<>(taken), owner);
      try {
        T result = commit(reservations, work);
        shards.reached(UniqueStep.COMMITTED);
        settle(reservations);
        return result;
      } catch (SQLException e) {
        if (!UniqueKeys.CANCELLED.equals(e.getSQLState()) || attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private <T extends @Nullable Object> T commit(List<Reservation> reservations, ShardWork<T> work)
      throws SQLException {
    boolean[] ready = {false};
    try {
      return shards
          .shards()
          .inShard(
              owner,
              connection -> {
                ready[0] = false;
                for (Reservation each : reservations) {
                  unique.use(connection, each);
                }
                for (UniqueValue each : released) {
                  boolean unused = unique.release(connection, each, owner);
                }
                T result = work.run(connection);
                ready[0] = true;
                return result;
              });
    } catch (SQLException | RuntimeException e) {
      for (Reservation each : reservations) {
        giveUp(UniqueKeys.entry(each), ready[0], e);
      }
      throw e;
    }
  }

  /** Frees what is known not to be used; what may be, as the commit failed, is asked for. */
  private void giveUp(Entry entry, boolean committing, Exception reason) {
    try {
      if (committing) {
        SweepReport unused = shards.sweep(entry);
      } else {
        shards.free(entry);
      }
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  /** What is committed is so, whatever happens here; what is left undone a sweep does. */
  private void settle(List<Reservation> reservations) {
    try {
      for (Reservation each : reservations) {
        shards.confirm(UniqueKeys.entry(each));
      }
      for (UniqueValue each : released) {
        unique.free(each, owner);
      }
    } catch (SQLException e) {
      LOG.debug("Left to the next sweep", e);
    }
  }
}
