// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.PairedSamples.Run;
import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import io.scalingtoolkit.benchmarks.sharding.GuardCost;
import io.scalingtoolkit.benchmarks.sharding.MovedSlots;
import io.scalingtoolkit.benchmarks.sharding.RoutePeer;
import io.scalingtoolkit.benchmarks.sharding.ShardReadRounds;
import io.scalingtoolkit.benchmarks.sharding.ShardReads;
import io.scalingtoolkit.benchmarks.sharding.Spread;
import java.util.ArrayList;
import java.util.List;

/** The bars of finding a shard and of spreading slots. */
final class ShardingRows {
  private static final double MOST_NANOS_OF_LONG = 5;
  private static final double MOST_NANOS_OF_OTHERS = 20;
  private static final double MOST_PEAK = 1.01;
  private static final double MOST_PERCENT_OFF = 1;

  /** None, but for what JMH itself allocates meanwhile, over all keys of a sample. */
  private static final double NO_BYTES = 0.1;

  private static final double MOST_MICROS_OF_A_ROW = 15;
  private static final double MOST_MICROS_IN_BULK = 2;
  private static final double MOST_MICROS_WHILE_MOVING = 40;
  private static final double MOST_PERCENT_OF_A_READ = 2;
  private static final double MOST_MICROS_OF_A_READ = 2;
  private static final double LEAST_TIMES_BETTER = 5;
  private static final double LEAST_TIMES_FASTER_FIRST = 20;
  private static final double MOST_MIB_HELD = 32;
  private static final double BYTES_A_MIB = 1 << 20;
  private static final long SEED = 42;

  private ShardingRows() {}

  /** What the guard adds to the update of a row. */
  static List<Row> guard(String product, GuardCost cost) {
    return List.of(
        Row.atMost(
            "G5 guard, one row, " + product, cost.single(), "us", null, MOST_MICROS_OF_A_ROW),
        Row.atMost("G5 guard, bulk, " + product, cost.bulk(), "us", null, MOST_MICROS_IN_BULK),
        Row.atMost(
            "G5 guard and log, one row, " + product,
            cost.moving(),
            "us",
            null,
            MOST_MICROS_WHILE_MOVING));
  }

  static List<Row> cost(List<Sample> samples) {
    PairedSamples paired = new PairedSamples(samples);
    List<Row> rows = new ArrayList<>();
    rows.add(nanos(paired, "G1 route(long), 100 shards", "longOver100", MOST_NANOS_OF_LONG));
    rows.add(nanos(paired, "G1 route(UUID), 100 shards", "uuidOver100", MOST_NANOS_OF_OTHERS));
    rows.add(
        nanos(paired, "G1 route(36 characters), 100 shards", "textOver100", MOST_NANOS_OF_OTHERS));
    for (String operation : List.of("longOver100", "uuidOver100", "textOver100")) {
      rows.add(
          Row.atMost(
              "G1 allocates, " + operation,
              paired.bytes(run(operation, RoutePeer.TOOLKIT)),
              "B/op",
              paired.bytes(run(operation, RoutePeer.HASH4J)),
              NO_BYTES));
    }
    for (String shards : List.of("10", "100", "1000")) {
      String operation = "longOver" + shards;
      rows.add(
          Row.atMost(
              "G1 route(long) / hash4j given the hash, " + shards + " shards",
              paired.ratio(run(operation, RoutePeer.TOOLKIT), run(operation, RoutePeer.HASH4J)),
              "x",
              null,
              1));
    }
    rows.add(
        Row.info(
            "G1 route(long), 1,000 shards / 1 shard",
            paired.ratio(
                run("longOver1000", RoutePeer.TOOLKIT), run("longOver1", RoutePeer.TOOLKIT)),
            "x"));
    return rows;
  }

  /** What it costs to have rows in several databases. */
  static List<Row> reads(ShardReadRounds few, ShardReadRounds many) {
    double bare = few.bare(ShardReads::pointMicros);
    double point = few.oursAdds(ShardReads::pointMicros);
    double theirPoint = few.shardingSphereAdds(ShardReads::pointMicros);
    double theirCpu = few.shardingSphereAdds(ShardReads::pointCpuMicros);
    double theirFirst = few.shardingSphereAdds(ShardReads::firstMillis);
    return List.of(
        Row.info("read by key, p50, hikari", bare, "us"),
        Row.atMost(
            "G4 read by key, p50 added", 100 * point / bare, "%", null, MOST_PERCENT_OF_A_READ),
        Row.atMost(
            "G4 read by key, time added, a fifth of shardingSphere's",
            point,
            "us",
            theirPoint,
            theirPoint / LEAST_TIMES_BETTER),
        Row.atMost(
            "G4 read by key, processor time added",
            few.oursAdds(ShardReads::pointCpuMicros),
            "us",
            theirCpu,
            MOST_MICROS_OF_A_READ),
        Row.info("first query, hikari", few.bare(ShardReads::firstMillis), "ms"),
        Row.atMost(
            "G4 first query, time added, a twentieth of shardingSphere's",
            few.oursAdds(ShardReads::firstMillis),
            "ms",
            theirFirst,
            theirFirst / LEAST_TIMES_FASTER_FIRST),
        new Row(
            "G12 first 100 of all, p50",
            many.ours(ShardReads::scatterMicros),
            "us",
            many.shardingSphere(ShardReads::scatterMicros),
            null),
        Row.info("one of the databases alone", many.bare(ShardReads::scatterMicros), "us"),
        Row.atMost(
            "G12 heap held by 100 of 8 shards",
            many.ours(ShardReads::heldBytes) / BYTES_A_MIB,
            "MiB",
            many.shardingSphere(ShardReads::heldBytes) / BYTES_A_MIB,
            MOST_MIB_HELD));
  }

  private static Row nanos(PairedSamples paired, String name, String operation, double most) {
    return Row.atMost(
        name,
        paired.nanos(run(operation, RoutePeer.TOOLKIT)),
        "ns",
        paired.nanos(run(operation, RoutePeer.HASH4J)),
        most);
  }

  private static Run run(String operation, RoutePeer peer) {
    return new Run(operation, peer.label());
  }

  /** Whether shares are kept and no slot moves in vain. */
  static List<Row> balance(int keys, int steps) {
    double[] even = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    double[] weighted = {1, 2, 4, 1, 2, 4, 1, 2, 4, 1, 2, 4};
    return List.of(
        Row.atMost(
            "G2 fullest of 12 shards / mean", Spread.of(keys, even).peak(), "x", null, MOST_PEAK),
        Row.atMost(
            "G2 12 shards of weights 1:2:4, farthest from its share",
            Spread.of(keys, weighted).worstPercent(),
            "%",
            null,
            MOST_PERCENT_OFF),
        Row.exactly("G3 moved slots / fewest", new MovedSlots(SEED).run(steps), "x", 1));
  }
}
