// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.sharding.ShardWork;
import io.scalingtoolkit.sharding.hash.ShardKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A transaction of an owner that takes unique values, gives some back, or both: a sign-up, a
 * deletion, a change of name.
 *
 * <p>Confined to one thread; to be run once.
 */
public final class UniqueChange {
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
      UniqueHold hold = hold();
      try {
        T result = run(hold, work);
        hold.close();
        return result;
      } catch (SQLException | RuntimeException e) {
        hold.close();
        boolean isCancelled =
            e instanceof SQLException failure && UniqueKeys.CANCELLED.equals(failure.getSQLState());
        if (!isCancelled || attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private <T extends @Nullable Object> T run(UniqueHold hold, ShardWork<T> work)
      throws SQLException {
    boolean[] committing = {false};
    boolean done = false;
    try {
      T result =
          shards
              .shards()
              .inShard(
                  owner,
                  connection -> {
                    committing[0] = false;
                    hold.use(connection);
                    T given = work.run(connection);
                    committing[0] = true;
                    return given;
                  });
      done = true;
      hold.committed();
      return result;
    } finally {
      if (!done && !committing[0]) {
        hold.rolledBack();
      }
    }
  }

  /**
   * Reserves what is to be taken, for a transaction that is begun and committed elsewhere.
   *
   * @return to be closed after the transaction
   * @throws ValueTakenException if somebody has one of the values
   * @throws SQLException if a database fails
   * @throws IllegalStateException within {@code inShard} work
   */
  public UniqueHold hold() throws SQLException {
    List<Reservation> reservations =
        taken.isEmpty() ? List.of() : unique.reserve(new ArrayList<>(taken), owner);
    return new UniqueHold(unique, shards, owner, reservations, released);
  }
}
