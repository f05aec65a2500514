// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Reads over shards, in rounds in which each peer has a process of its own; each round starts with
 * another peer. What is compared is of the same round, and what counts is the median. Immutable.
 */
public final class ShardReadRounds {
  private final Map<ShardPeer, List<ShardReads>> reads;

  private ShardReadRounds(Map<ShardPeer, List<ShardReads>> reads) {
    this.reads = reads;
  }

  /**
   * Measures on a PostgreSQL of its own.
   *
   * @param rounds 1 or more
   * @param items of each shard
   * @param logs an existing folder
   */
  public static ShardReadRounds measure(int rounds, int items, Path logs, Consumer<String> progress)
      throws SQLException {
    Map<ShardPeer, List<ShardReads>> reads = new EnumMap<>(ShardPeer.class);
    try (PostgresCluster cluster = PostgresCluster.single()) {
      progress.accept("%d shards of %,d rows".formatted(ShardData.SHARDS, items));
      List<String> urls = ShardData.create(cluster, items);
      // The first one after the rows were written meets what the server still does about them.
      var unused = ShardReads.measure(ShardPeer.HIKARI, urls, logs.resolve("reads-first.log"));
      List<ShardPeer> order = new ArrayList<>(List.of(ShardPeer.values()));
      for (int round = 1; round <= rounds; round++) {
        progress.accept("reads: round %d of %d".formatted(round, rounds));
        for (ShardPeer peer : order) {
          reads
              .computeIfAbsent(peer, same -> new ArrayList<>())
              .add(ShardReads.measure(peer, urls, logs.resolve("reads-" + peer.label() + ".log")));
        }
        Collections.rotate(order, -1);
      }
    }
    return new ShardReadRounds(reads);
  }

  /** What ours costs. */
  public double ours(ToDoubleFunction<ShardReads> figure) {
    return median(of(ShardPeer.TOOLKIT).stream().mapToDouble(figure).boxed().toList());
  }

  /** What HikariCP costs without anything above it, and with all rows in one database. */
  public double bare(ToDoubleFunction<ShardReads> figure) {
    return median(of(ShardPeer.HIKARI).stream().mapToDouble(figure).boxed().toList());
  }

  /** What ShardingSphere costs. */
  public double shardingSphere(ToDoubleFunction<ShardReads> figure) {
    return median(of(ShardPeer.SHARDING_SPHERE).stream().mapToDouble(figure).boxed().toList());
  }

  /** What ours costs more than HikariCP. */
  public double oursAdds(ToDoubleFunction<ShardReads> figure) {
    return added(ShardPeer.TOOLKIT, figure);
  }

  /** What ShardingSphere costs more than HikariCP. */
  public double shardingSphereAdds(ToDoubleFunction<ShardReads> figure) {
    return added(ShardPeer.SHARDING_SPHERE, figure);
  }

  private double added(ShardPeer peer, ToDoubleFunction<ShardReads> figure) {
    List<Double> differences = new ArrayList<>();
    for (int i = 0; i < of(peer).size(); i++) {
      differences.add(
          figure.applyAsDouble(of(peer).get(i))
              - figure.applyAsDouble(of(ShardPeer.HIKARI).get(i)));
    }
    return median(differences);
  }

  private List<ShardReads> of(ShardPeer peer) {
    return reads.getOrDefault(peer, List.of());
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
