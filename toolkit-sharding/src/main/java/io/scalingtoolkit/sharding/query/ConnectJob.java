// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import io.scalingtoolkit.sharding.ShardedDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/**
 * Gets a connection of every shard, all or none.
 *
 * <p>It takes them one after the other, always in the same order, so that two queries that wait
 * while they hold some cannot wait for each other in a circle; and it holds none beyond the
 * deadline.
 */
final class ConnectJob extends ShardJob<ConnectJob.Held> {
  private final ShardedDataSource shards;
  private final List<ShardSlice> slices;
  private final FailurePolicy policy;

  /** Connections by shard, and why some are not there. */
  record Held(Map<ShardSlice, Connection> connections, Map<String, SQLException> failures) {}

  /**
   * To be run once.
   *
   * @param slices by name of the shard
   */
  ConnectJob(ShardedDataSource shards, List<ShardSlice> slices, FailurePolicy policy) {
    super("all");
    this.shards = shards;
    this.slices = slices;
    this.policy = policy;
  }

  @Override
  String late() {
    return "connections of all shards were not to be had";
  }

  @Override
  Held work() throws SQLException {
    Map<ShardSlice, Connection> connections = new LinkedHashMap<>();
    Map<String, SQLException> failures = new LinkedHashMap<>();
    boolean all = false;
    try {
      for (ShardSlice slice : slices) {
        try {
          connections.put(slice, connect(pool(shards, slice.shard())));
        } catch (SQLException e) {
          requireWanted();
          if (policy == FailurePolicy.FAIL) {
            throw FanOut.named(slice.shard(), e);
          }
          failures.put(slice.shard(), e);
        }
      }
      all = true;
      return new Held(connections, failures);
    } finally {
      if (!all) {
        connections.values().forEach(TrackedConnection::close);
      }
    }
  }

  @Override
  void discard(Held held) {
    held.connections().values().forEach(TrackedConnection::close);
  }

  static DataSource pool(ShardedDataSource shards, String shard) throws SQLException {
    if (!shards.shards().contains(shard)) {
      throw new SQLException("it has no pool here, only " + shards.shards(), "TK008");
    }
    return shards.shard(shard);
  }
}
