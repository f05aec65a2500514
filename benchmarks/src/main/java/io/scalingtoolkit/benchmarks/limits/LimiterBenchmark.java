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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Decisions of a limiter in one process. Thread-safe, as the limiters are.
 *
 * <p>A sample is {@value #BATCH} decisions: long beside reading the clock, and short beside the
 * slices of a scheduler, so that most samples are whole although other work wants the cores too.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(LimiterBenchmark.BATCH)
public class LimiterBenchmark {
  static final int BATCH = 64;

  /** Which limiter. */
  @Param public LocalPeer peer = LocalPeer.TOOLKIT;

  @SuppressWarnings("NullAway.Init")
  private Gate open;

  @SuppressWarnings("NullAway.Init")
  private Gate shut;

  /** For JMH. */
  public LimiterBenchmark() {}

  /** Makes a limiter that always has permits and one that has none for a day. */
  @Setup
  public void make() {
    open = peer.gate(MANY, Duration.ofSeconds(1), MANY);
    shut = peer.gate(1, Duration.ofDays(1), 1);
    if (!open.tryAcquire() || !shut.tryAcquire() || shut.tryAcquire()) {
      throw new IllegalStateException(peer + " does not decide as it must");
    }
  }

  /** One permit that is there. */
  @Benchmark
  public void accept(Blackhole sink) {
    decide(open, sink);
  }

  /** One permit that is not there. */
  @Benchmark
  public void reject(Blackhole sink) {
    decide(shut, sink);
  }

  /** The same limiter, two threads that do nothing else. */
  @Benchmark
  @Threads(2)
  public void acceptTwoThreads(Blackhole sink) {
    decide(open, sink);
  }

  /** The same limiter without permits, two threads that do nothing else. */
  @Benchmark
  @Threads(2)
  public void rejectTwoThreads(Blackhole sink) {
    decide(shut, sink);
  }

  private static void decide(Gate gate, Blackhole sink) {
    for (int i = 0; i < BATCH; i++) {
      sink.consume(gate.tryAcquire());
    }
  }
}
