// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.time.Duration;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Whatever threads do to a limiter at once, each gets the answers it would get if they did it one
 * after the other: no permit is given twice and none is lost, when permits are taken, reserved and
 * given back and the limit is changed. Checked by Lincheck. The clock stands still, so that what
 * has not come back yet never does.
 */
class RateLimiterLinearizabilityTest {
  private static final int THREADS = 3;
  private static final int BURST = 4;
  private static final int ITERATIONS = Integer.getInteger("lincheck.iterations", 10);
  private static final int INVOCATIONS = Integer.getInteger("lincheck.invocations", 100);

  private static RateLimit burst(int permits) {
    return RateLimit.of(1).per(Duration.ofDays(1)).burst(permits);
  }

  private static RateLimit twoBandwidths(int permits) {
    return burst(permits).and(burst(permits + 1));
  }

  /** A limiter with one bandwidth. */
  public static class OneBandwidth {
    private final RateLimiter limiter;
    private final Reservation.@Nullable Held[] held = new Reservation.Held[THREADS + 2];

    public OneBandwidth() {
      this(burst(BURST));
    }

    OneBandwidth(RateLimit limit) {
      limiter = RateLimiters.local(limit, () -> 0L);
    }

    RateLimit limit(int burst) {
      return burst(burst);
    }

    @Operation
    public boolean tryAcquire(@Param(gen = IntGen.class, conf = "1:3") int permits) {
      return limiter.tryAcquire(permits).isAdmitted();
    }

    @Operation
    public long remaining() {
      return limiter.quotas().get(0).remaining();
    }

    @Operation
    public void setLimit(@Param(gen = IntGen.class, conf = "3:5") int burst) {
      limiter.setLimit(limit(burst));
    }

    /** Returns the days to wait, or -1 if there is no turn. */
    @Operation
    public long reserve(
        @Param(gen = ThreadIdGen.class) int thread,
        @Param(gen = IntGen.class, conf = "1:3") int permits) {
      Reservation turn = limiter.reserve(permits, Duration.ofDays(1_000));
      held[thread] = turn instanceof Reservation.Held taken ? taken : null;
      return held[thread] == null ? -1 : held[thread].delay().toDays();
    }

    @Operation
    public boolean cancel(@Param(gen = ThreadIdGen.class) int thread) {
      return held[thread] != null && held[thread].cancel();
    }
  }

  /** A limiter with two bandwidths, the first of which is the narrower. */
  public static class TwoBandwidths extends OneBandwidth {
    public TwoBandwidths() {
      super(twoBandwidths(BURST));
    }

    @Override
    RateLimit limit(int burst) {
      return twoBandwidths(burst);
    }
  }

  /** What it has to be like, for one caller at a time. */
  public static class Model {
    private int burst = BURST;
    private int taken;
    private int changes;
    private final int[][] held = new int[THREADS + 2][];

    public boolean tryAcquire(int permits) {
      boolean there = permits <= burst - taken;
      taken += there ? permits : 0;
      return there;
    }

    public long remaining() {
      return Math.max(0, burst - taken);
    }

    public void setLimit(int value) {
      burst = value;
      changes++;
    }

    public long reserve(int thread, int permits) {
      taken += permits;
      held[thread] = taken > burst ? new int[] {permits, taken, changes} : null;
      return Math.max(0, taken - burst);
    }

    public boolean cancel(int thread) {
      int[] turn = held[thread];
      held[thread] = null;
      if (turn != null && turn[2] == changes) {
        taken -= Math.max(0, turn[0] - (taken - turn[1]));
      }
      return turn != null;
    }
  }

  @Test
  void oneBandwidth_underStress_isLinearizable() {
    stress(OneBandwidth.class);
  }

  @Test
  void twoBandwidths_underStress_areLinearizable() {
    stress(TwoBandwidths.class);
  }

  @Test
  void oneBandwidth_everySchedule_isLinearizable() {
    everySchedule(OneBandwidth.class);
  }

  @Test
  void twoBandwidths_everySchedule_areLinearizable() {
    everySchedule(TwoBandwidths.class);
  }

  private static void stress(Class<?> subject) {
    new StressOptions()
        .sequentialSpecification(Model.class)
        .threads(THREADS)
        .actorsPerThread(3)
        .iterations(ITERATIONS)
        .invocationsPerIteration(INVOCATIONS)
        .check(subject);
  }

  /** Switches threads at chosen places, up to a number of schedules. */
  private static void everySchedule(Class<?> subject) {
    new ModelCheckingOptions()
        .sequentialSpecification(Model.class)
        .threads(2)
        .actorsPerThread(3)
        .iterations(Math.max(3, ITERATIONS / 4))
        .invocationsPerIteration(Math.max(50, INVOCATIONS / 4))
        .check(subject);
  }
}
