// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.replication.ReplicationDataSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The pools of all shards, by the name of the shard, closed together. Thread-safe. */
final class ShardPools implements AutoCloseable {

  private final Map<String, Shard> shards = new LinkedHashMap<>();

  /**
   * One shard.
   *
   * @param writer pool of its primary
   * @param replicas pools of those that follow it
   * @param routed leads writes to the primary, and reads to a replica that has what they need
   */
  record Shard(
      HikariDataSource writer, List<HikariDataSource> replicas, ReplicationDataSource routed) {
    Shard {
      replicas = List.copyOf(replicas);
    }
  }

  ShardPools(Map<String, Shard> shards) {
    this.shards.putAll(shards);
  }

  List<String> names() {
    return List.copyOf(shards.keySet());
  }

  Shard shard(String name) {
    Shard shard = shards.get(name);
    if (shard == null) {
      throw new IllegalArgumentException(
          "shard must be one of " + shards.keySet() + ", was \"" + name + '"');
    }
    return shard;
  }

  @Override
  public void close() {
    List<HikariDataSource> pools = new ArrayList<>();
    for (Shard shard : shards.values()) {
      shard.routed().close();
      pools.add(shard.writer());
      pools.addAll(shard.replicas());
    }
    pools.forEach(HikariDataSource::close);
  }
}
