// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * From a key to the number of its shard, in one thread. Confined.
 *
 * <p>A sample is {@value #BATCH} random keys, whose shards are added up: some microseconds, long
 * beside reading the clock. JMH is not told so, since it would round each sample to whole
 * nanoseconds a key. The number at the end of a method is that of the shards.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouteBenchmark {
  /** Keys in a sample. */
  public static final int BATCH = 1_024;

  private static final long SEED = 42;

  /** What finds the shard. */
  @Param public RoutePeer peer = RoutePeer.TOOLKIT;

  private final long[] longs = new long[BATCH];
  private final UUID[] uuids = new UUID[BATCH];
  private final String[] texts = new String[BATCH];

  @SuppressWarnings("NullAway.Init")
  private Route route;

  /** For JMH. */
  public RouteBenchmark() {}

  /** Draws the keys; texts are UUIDs in their usual form. */
  @Setup
  public void make(BenchmarkParams benchmark) {
    String method = benchmark.getBenchmark();
    int shards = Integer.parseInt(method.substring(method.lastIndexOf("Over") + 4));
    route = peer.over(shards);
    SplittableRandom random = new SplittableRandom(SEED);
    boolean[] found = new boolean[shards];
    for (int i = 0; i < BATCH; i++) {
      longs[i] = random.nextLong();
      uuids[i] = new UUID(random.nextLong(), random.nextLong());
      texts[i] = uuids[i].toString();
      found[route.ofLong(longs[i])] = true;
      found[route.ofUuid(uuids[i])] = true;
      found[route.ofText(texts[i])] = true;
    }
    if (shards <= 100) {
      for (boolean each : found) {
        if (!each) {
          throw new IllegalStateException(peer + " does not find all of " + shards + " shards");
        }
      }
    }
  }

  /** Integer keys. */
  @Benchmark
  public int longOver1() {
    return sumOfLongs();
  }

  /** Integer keys. */
  @Benchmark
  public int longOver10() {
    return sumOfLongs();
  }

  /** Integer keys. */
  @Benchmark
  public int longOver100() {
    return sumOfLongs();
  }

  /** Integer keys. */
  @Benchmark
  public int longOver1000() {
    return sumOfLongs();
  }

  /** UUIDs. */
  @Benchmark
  public int uuidOver100() {
    int sum = 0;
    for (UUID key : uuids) {
      sum += route.ofUuid(key);
    }
    return sum;
  }

  /** Texts of 36 characters. */
  @Benchmark
  public int textOver100() {
    int sum = 0;
    for (String key : texts) {
      sum += route.ofText(key);
    }
    return sum;
  }

  private int sumOfLongs() {
    int sum = 0;
    for (long key : longs) {
      sum += route.ofLong(key);
    }
    return sum;
  }
}
