// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.overload;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.limit.AIMDLimit;
import com.netflix.concurrency.limits.limit.FixedLimit;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limit.VegasLimit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import io.scalingtoolkit.core.overload.AdaptiveLimiter;
import io.scalingtoolkit.core.overload.Outcome;
import io.scalingtoolkit.core.overload.Permit;
import io.scalingtoolkit.core.overload.Priority;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The limiters that are compared, each with its default settings. */
public enum Contender {
  /** Admits all. */
  NONE,
  /** As many as there are workers, which the others are not told. */
  FIXED,
  /** Vegas, the default of SimpleLimiter. */
  VEGAS,
  /** Vegas over windows. */
  WINDOWED_VEGAS,
  /** Gradient2 over windows. */
  GRADIENT2,
  /** AIMD with the deadline as its timeout. */
  AIMD,
  /** AdaptiveLimiter of this project. */
  OURS;

  /** Returns the name in rows. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** What stands in front of a simulated server; confined. */
  interface Gate {
    /** Returns what {@link #leave} is to be called with, or null if it is refused. */
    @Nullable Object tryEnter(Priority priority, @Nullable String user);

    /** Ends what was let in. */
    void leave(Object token);
  }

  Gate newGate(int workers, MonotonicClock clock) {
    return switch (this) {
      case NONE -> new LimitGate(FixedLimit.of(Integer.MAX_VALUE), clock);
      case FIXED -> new LimitGate(FixedLimit.of(workers), clock);
      case VEGAS -> new LimitGate(VegasLimit.newDefault(), clock);
      case WINDOWED_VEGAS ->
          new LimitGate(WindowedLimit.newBuilder().build(VegasLimit.newDefault()), clock);
      case GRADIENT2 ->
          new LimitGate(WindowedLimit.newBuilder().build(Gradient2Limit.newDefault()), clock);
      case AIMD ->
          new LimitGate(
              AIMDLimit.newBuilder()
                  .timeout(ServerSimulation.DEADLINE, TimeUnit.NANOSECONDS)
                  .build(),
              clock);
      case OURS -> new OurGate(clock);
    };
  }

  private static final class LimitGate implements Gate {
    private final Limit limit;
    private final MonotonicClock clock;
    private int inFlight;

    private record Token(long startNanos, int inFlight) {}

    private LimitGate(Limit limit, MonotonicClock clock) {
      this.limit = limit;
      this.clock = clock;
    }

    @Override
    public @Nullable Object tryEnter(Priority priority, @Nullable String user) {
      if (inFlight >= limit.getLimit()) {
        return null;
      }
      inFlight++;
      return new Token(clock.nanoTime(), inFlight);
    }

    @Override
    public void leave(Object token) {
      Token entered = (Token) token;
      inFlight--;
      limit.onSample(
          entered.startNanos(), clock.nanoTime() - entered.startNanos(), entered.inFlight(), false);
    }
  }

  private static final class OurGate implements Gate {
    private final AdaptiveLimiter limiter;

    private OurGate(MonotonicClock clock) {
      limiter =
          AdaptiveLimiter.builder("simulated").clock(clock).wallClock(() -> Instant.EPOCH).build();
    }

    @Override
    public @Nullable Object tryEnter(Priority priority, @Nullable String user) {
      return limiter.tryAcquire(priority, user) instanceof Permit permit ? permit : null;
    }

    @Override
    public void leave(Object token) {
      ((Permit) token).close(Outcome.SUCCESS);
    }
  }
}
