// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.internal.SqlWork;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.unique.UniqueSql.Entry;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One pass over all shards; confined.
 *
 * <p>What it reads may be old, or the copy of a slot that is moving: it is only where to look. What
 * is done about it is settled row by row, at the shards that have the slots.
 */
final class UniqueSweep {
  private static final int BATCH = 200;

  private final UniqueShards shards;
  private final long ageMillis;
  private SweepReport report = new SweepReport(0, 0, 0);

  UniqueSweep(UniqueShards shards, long ageMillis) {
    this.shards = shards;
    this.ageMillis = ageMillis;
  }

  /** The next batch after an entry. */
  private interface Page {
    List<Entry> after(java.sql.Connection connection, @Nullable Entry last) throws SQLException;
  }

  private interface Settling {
    SweepReport settle(Entry entry) throws SQLException;
  }

  SweepReport run() throws SQLException {
    SQLException failure = null;
    for (Shard shard : shards.shards().map().shards()) {
      try {
        sweep(shard.name());
      } catch (SQLException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return report;
  }

  private void sweep(String shard) throws SQLException {
    each(
        shard,
        (connection, last) -> UniqueSql.pending(connection, ageMillis, last, BATCH),
        entry -> UniqueShards.valueKey(entry.digest()),
        shards::sweep);
    each(
        shard,
        (connection, last) -> UniqueSql.released(connection, last, BATCH),
        Entry::owner,
        entry -> {
          shards.freeReleased(entry);
          return new SweepReport(0, 0, 1);
        });
  }

  private void each(String shard, Page page, Function<Entry, ShardKey> keyOf, Settling settling)
      throws SQLException {
    DataSource database = shards.shards().shard(shard);
    Entry last = null;
    List<Entry> batch;
    do {
      Entry after = last;
      batch = SqlWork.inTransaction(database, connection -> page.after(connection, after));
      for (Entry entry : batch) {
        // Copies that a move has made or left are swept where the slot is.
        if (shards.shards().route(keyOf.apply(entry)).shard().equals(shard)) {
          report = report.plus(settling.settle(entry));
        }
        last = entry;
      }
    } while (batch.size() == BATCH);
  }
}
