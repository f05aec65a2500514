// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import java.util.ArrayList;
import java.util.List;

/** How many keys each shard of a map gets, beside its share. Immutable. */
public final class Spread {
  private final long[] keys;
  private final double[] expected;

  private Spread(long[] keys, double[] expected) {
    this.keys = keys;
    this.expected = expected;
  }

  /**
   * Counts the keys 0 to {@code keys - 1}, as a sequence of a database gives them out.
   *
   * @param weights of the shards
   */
  public static Spread of(int keys, double... weights) {
    List<Shard> shards = new ArrayList<>();
    double all = 0;
    for (int i = 0; i < weights.length; i++) {
      shards.add(new Shard("shard-" + i, weights[i]));
      all += weights[i];
    }
    ShardMap map = ShardMap.of(SlotStrategy.hash(ShardMap.DEFAULT_SLOTS), shards);
    long[] counts = new long[weights.length];
    for (long key = 0; key < keys; key++) {
      counts[map.shardIndexOf(map.slotOf(key))]++;
    }
    double[] expected = new double[weights.length];
    for (int i = 0; i < weights.length; i++) {
      expected[i] = keys * weights[i] / all;
    }
    return new Spread(counts, expected);
  }

  /** The fullest shard: its keys beside its share, 1 if exact. */
  public double peak() {
    double peak = 0;
    for (int i = 0; i < keys.length; i++) {
      peak = Math.max(peak, keys[i] / expected[i]);
    }
    return peak;
  }

  /** The shard farthest from its share, above or below, in percent of that. */
  public double worstPercent() {
    double worst = 0;
    for (int i = 0; i < keys.length; i++) {
      worst = Math.max(worst, 100 * Math.abs(keys[i] / expected[i] - 1));
    }
    return worst;
  }
}
