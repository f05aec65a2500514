// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.cache;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Hits of a cache in memory. Thread-safe, as the caches are.
 *
 * <p>A sample is {@value #BATCH} lookups, for the reason that LimiterBenchmark gives. Keys are
 * drawn ahead, by the third power of an even draw: half of the lookups go to an eighth of the keys.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(HitBenchmark.BATCH)
public class HitBenchmark {
  static final int BATCH = 64;
  private static final int ENTRIES = 16_384;
  private static final int DRAWS = 1 << 16;
  private static final long SEED = 42;
  private static final String METRICS = "WithMetrics";

  /** Which cache. */
  @Param public CachePeer peer = CachePeer.TOOLKIT;

  @SuppressWarnings("NullAway.Init")
  private Lookup cache;

  @SuppressWarnings("NullAway.Init")
  private Long[] draws;

  /** For JMH. */
  public HitBenchmark() {}

  /** Fills the cache; only the one that is asked, so that the compiler sees one. */
  @Setup
  public void make(BenchmarkParams benchmark) {
    List<Long> keys = LongStream.range(0, ENTRIES).boxed().toList();
    cache = peer.filled(keys, benchmark.getBenchmark().endsWith(METRICS));
    SplittableRandom random = new SplittableRandom(SEED);
    draws = new Long[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
      draws[i] = keys.get((int) (ENTRIES * Math.pow(random.nextDouble(), 3)));
    }
    for (Long key : keys) {
      if (!key.equals(cache.get(key))) {
        throw new IllegalStateException(peer + " has not kept " + key);
      }
    }
  }

  /** One thread. */
  @Benchmark
  public void hit(Place place, Blackhole sink) {
    look(place, sink);
  }

  /** One thread, with hits counted for a registry. */
  @Benchmark
  public void hitWithMetrics(Place place, Blackhole sink) {
    look(place, sink);
  }

  /** A thread for each core. */
  @Benchmark
  @Threads(Threads.MAX)
  public void allCores(Place place, Blackhole sink) {
    look(place, sink);
  }

  /** A thread for each core, with hits counted for a registry. */
  @Benchmark
  @Threads(Threads.MAX)
  public void allCoresWithMetrics(Place place, Blackhole sink) {
    look(place, sink);
  }

  private void look(Place place, Blackhole sink) {
    int next = place.next;
    for (int i = 0; i < BATCH; i++) {
      sink.consume(cache.get(draws[(next + i) & (DRAWS - 1)]));
    }
    place.next = next + BATCH;
  }

  /** Where a thread is among the draws; confined. */
  @State(Scope.Thread)
  public static class Place {
    private int next;

    /** For JMH. */
    public Place() {}

    /** Not all at the same place. */
    @Setup
    public void begin() {
      next = (int) (Thread.currentThread().getId() * 7_919);
    }
  }
}
