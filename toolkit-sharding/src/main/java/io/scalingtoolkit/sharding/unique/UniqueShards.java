// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.sharding.ShardWork;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.move.SlotGuard;
import io.scalingtoolkit.sharding.unique.UniqueSql.Entry;
import io.scalingtoolkit.sharding.unique.UniqueSql.Outcome;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The steps of the protocol, each in a transaction of its own at the shard it belongs to.
 *
 * <p>Thread-safe. Each may be done again at any time by anybody: they settle a reservation by its
 * id.
 */
final class UniqueShards {
  /** A transaction of one or two rows meets a deadlock seldom; this often in a row never. */
  private static final int MOST_ATTEMPTS = 10;

  private final ShardedDataSource shards;
  private final UniqueStep.Listener listener;

  UniqueShards(ShardedDataSource shards, UniqueStep.Listener listener) {
    this.shards = shards;
    this.listener = listener;
  }

  ShardedDataSource shards() {
    return shards;
  }

  void reached(UniqueStep step) {
    listener.reached(step);
  }

  int slot(ShardKey key) {
    return shards.map().slotOf(key);
  }

  static ShardKey valueKey(String digest) {
    return ShardKey.of(digest);
  }

  /** A short transaction, done again where the database chose it as the victim of a deadlock. */
  <T extends @Nullable Object> T transaction(ShardKey key, ShardWork<T> work) throws SQLException {
    return again(() -> shards.inShard(key, work));
  }

  /** A short transaction that only reads, at a replica where the pool of the shard has some. */
  <T extends @Nullable Object> T read(ShardKey key, ShardWork<T> work) throws SQLException {
    return again(() -> shards.readInShard(key, work));
  }

  private interface Attempt<T extends @Nullable Object> {
    T run() throws SQLException;
  }

  private static <T extends @Nullable Object> T again(Attempt<T> transaction) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        return transaction.run();
      } catch (SQLException e) {
        if (attempt == MOST_ATTEMPTS || !isDeadlock(e)) {
          throw e;
        }
      }
    }
  }

  private static boolean isDeadlock(SQLException failure) {
    String state = failure.getSQLState();
    return state != null && state.startsWith("40") && !SlotGuard.isRefusal(failure);
  }

  /** Reserves a value; what has it already if it cannot. */
  Optional<UniqueSql.Taken> reserve(Entry entry) throws SQLException {
    ShardKey key = valueKey(entry.digest());
    return transaction(
        key,
        connection -> {
          // A row that is there when the insert is made may be gone when it is looked for.
          for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
            if (UniqueSql.reserve(connection, entry, slot(key))) {
              return Optional.empty();
            }
            Optional<UniqueSql.Taken> taken = UniqueSql.taken(connection, entry.digest());
            if (taken.isPresent()) {
              return taken;
            }
          }
          throw new SQLException("a value comes and goes too fast to be reserved", "40001");
        });
  }

  /** Settles that nobody uses a reservation any more, unless something else was settled before. */
  Optional<Outcome> cancel(Entry entry) throws SQLException {
    return transaction(
        entry.owner(),
        connection -> UniqueSql.settle(connection, entry, slot(entry.owner()), Outcome.CANCELLED));
  }

  /** Cancels a reservation or, where it is too late for that, does what is left to do of it. */
  SweepReport sweep(Entry entry) throws SQLException {
    Outcome outcome = cancel(entry).orElse(Outcome.CANCELLED);
    reached(UniqueStep.DECIDED);
    if (outcome == Outcome.USED) {
      confirm(entry);
      return new SweepReport(1, 0, 0);
    }
    free(entry);
    if (outcome != Outcome.RELEASED) {
      return new SweepReport(0, 1, 0);
    }
    clear(entry);
    return new SweepReport(0, 0, 1);
  }

  /** What became of a reservation; empty if nothing yet. */
  Optional<Outcome> outcome(Entry entry) throws SQLException {
    return transaction(entry.owner(), connection -> UniqueSql.outcome(connection, entry));
  }

  void confirm(Entry entry) throws SQLException {
    boolean unused =
        transaction(
            valueKey(entry.digest()),
            connection -> {
              UniqueSql.confirm(connection, entry);
              return true;
            });
  }

  /** Makes the value of a reservation free that nobody uses, or can use. */
  void free(Entry entry) throws SQLException {
    ShardKey key = valueKey(entry.digest());
    boolean unused =
        transaction(
            key,
            connection -> {
              UniqueSql.free(connection, entry, slot(key));
              return true;
            });
  }

  private void clear(Entry entry) throws SQLException {
    boolean unused =
        transaction(
            entry.owner(),
            connection -> {
              UniqueSql.clear(connection, entry, slot(entry.owner()));
              return true;
            });
  }

  /** Makes a value free that was given back, and only then forgets that it was. */
  void freeReleased(Entry entry) throws SQLException {
    free(entry);
    reached(UniqueStep.FREED);
    clear(entry);
  }
}
