// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A step of the caller at one shard; holds no connection but that of its shard. */
final class StepJob<T extends @Nullable Object> extends ShardJob<T> {
  private final DataSource pool;
  private final ShardSlice slice;
  private final ShardStep<T> step;
  private volatile @Nullable TrackedConnection connection;

  StepJob(DataSource pool, ShardSlice slice, ShardStep<T> step) {
    super(slice.shard());
    this.pool = pool;
    this.slice = slice;
    this.step = step;
  }

  @Override
  T work() throws SQLException {
    Connection raw = connect(pool);
    TrackedConnection tracked = null;
    try {
      tracked = new TrackedConnection(raw);
      connection = tracked;
      // Whoever cancels from here on sees the connection.
      requireWanted();
      return step.run(tracked, slice);
    } finally {
      if (tracked == null) {
        TrackedConnection.close(raw);
      } else {
        tracked.release();
      }
    }
  }

  @Override
  void interrupt() {
    TrackedConnection current = connection;
    if (current != null) {
      current.cancel();
    }
  }

  @Override
  void abort() {
    TrackedConnection current = connection;
    if (current != null) {
      current.breakOff();
    }
  }
}
