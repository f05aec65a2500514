// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import static io.scalingtoolkit.benchmarks.limits.LocalPeer.MANY;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Three bandwidths that move together, beside one; samples as in {@link LimiterBenchmark}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(LimiterBenchmark.BATCH)
public class BandwidthsBenchmark {
  /** Which limiter; those that have one bandwidth only are not there. */
  @Param({"TOOLKIT", "BUCKET4J"})
  public LocalPeer peer = LocalPeer.TOOLKIT;

  @SuppressWarnings("NullAway.Init")
  private Gate one;

  @SuppressWarnings("NullAway.Init")
  private Gate three;

  /** For JMH. */
  public BandwidthsBenchmark() {}

  /** Makes limiters that always have permits. */
  @Setup
  public void make() {
    one = peer.gate(MANY, Duration.ofSeconds(1), MANY);
    three = peer.threeBandwidths();
  }

  /** One bandwidth. */
  @Benchmark
  public void oneBandwidth(Blackhole sink) {
    for (int i = 0; i < LimiterBenchmark.BATCH; i++) {
      sink.consume(one.tryAcquire());
    }
  }

  /** Three bandwidths. */
  @Benchmark
  public void threeBandwidths(Blackhole sink) {
    for (int i = 0; i < LimiterBenchmark.BATCH; i++) {
      sink.consume(three.tryAcquire());
    }
  }
}
