// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.overload;

import com.netflix.concurrency.limits.Limiter;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import com.netflix.concurrency.limits.limiter.SimpleLimiter;
import io.scalingtoolkit.core.overload.AdaptiveLimiter;
import io.scalingtoolkit.core.overload.Outcome;
import io.scalingtoolkit.core.overload.Permit;
import io.scalingtoolkit.core.overload.Priority;
import io.scalingtoolkit.core.overload.Verdict;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a decision costs: to admit and to close the permit, and to reject. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AdmissionBenchmark {
  /** Ours, or Gradient2 of concurrency-limits in a SimpleLimiter. */
  @Param({"OURS", "GRADIENT2"})
  @SuppressWarnings("NullAway.Init")
  public Contender contender;

  private @Nullable AdaptiveLimiter open;
  private @Nullable AdaptiveLimiter full;
  private @Nullable Limiter<Void> openPeer;
  private @Nullable Limiter<Void> fullPeer;

  /** Makes limiters of which one has room and the other none. */
  @Setup
  public void setUp() {
    if (contender == Contender.OURS) {
      open = AdaptiveLimiter.builder("open").build();
      full = AdaptiveLimiter.builder("full").minLimit(1).maxLimit(1).build();
      held = full.tryAcquire();
    } else {
      openPeer =
          SimpleLimiter.newBuilder()
              .limit(WindowedLimit.newBuilder().build(Gradient2Limit.newDefault()))
              .build();
      fullPeer =
          SimpleLimiter.newBuilder()
              .limit(com.netflix.concurrency.limits.limit.FixedLimit.of(1))
              .build();
      heldByPeer = fullPeer.acquire(null);
    }
  }

  // Else they would be garbage, and be taken back.
  @SuppressWarnings("unused")
  private @Nullable Verdict held;

  @SuppressWarnings("unused")
  private Optional<Limiter.Listener> heldByPeer = Optional.empty();

  /** Admits and closes. */
  @Benchmark
  public boolean accept() {
    if (open != null) {
      return ((Permit) open.tryAcquire(Priority.DEFAULT, "user-4711")).close(Outcome.SUCCESS);
    } else if (openPeer != null) {
      openPeer.acquire(null).orElseThrow().onSuccess();
    }
    return true;
  }

  /** Rejects. */
  @Benchmark
  public boolean reject() {
    if (full != null) {
      return full.tryAcquire(Priority.DEFAULT, "user-4711").isAdmitted();
    }
    return fullPeer != null && fullPeer.acquire(null).isPresent();
  }
}
