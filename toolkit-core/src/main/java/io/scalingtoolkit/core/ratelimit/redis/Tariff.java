// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.scalingtoolkit.core.ratelimit.Bandwidth;
import io.scalingtoolkit.core.ratelimit.Quota;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A rate limit in the numbers of {@link Script#TAKE}; immutable. */
final class Tariff {
  /** Microseconds beyond which nothing is counted, so that sums stay exact in a double. */
  static final long FURTHEST_MICROS = 1_000_000_000_000_000L;

  private static final BigInteger FRACTIONS = BigInteger.TEN.pow(12);
  // A nanosecond is 1e-3 microseconds, and so 1e9 fractions of one.
  private static final BigInteger FRACTIONS_PER_NANO = BigInteger.TEN.pow(9);

  final RateLimit limit;
  final String config;
  final int count;
  final long smallestBurst;
  private final double[] nanosPerPermit;
  private final double[] burstNanos;
  private final String[][] burst;
  private final String[][] one;
  private final String[] microsPerPermit;

  Tariff(RateLimit limit) {
    this.limit = limit;
    List<Bandwidth> bandwidths = limit.bandwidths();
    this.config =
        bandwidths.stream()
            .map(b -> b.permits() + "/" + b.period().toNanos() + "/" + b.burst())
            .collect(Collectors.joining(","));
    this.count = bandwidths.size();
    this.smallestBurst = bandwidths.stream().mapToLong(Bandwidth::burst).min().orElseThrow();
    this.nanosPerPermit =
        bandwidths.stream().mapToDouble(b -> (double) b.period().toNanos() / b.permits()).toArray();
    this.burstNanos = new double[count];
    this.burst = new String[count][];
    this.one = new String[count][];
    this.microsPerPermit = new String[count];
    for (int i = 0; i < count; i++) {
      burstNanos[i] = nanosPerPermit[i] * bandwidths.get(i).burst();
      burst[i] = micros(bandwidths.get(i), bandwidths.get(i).burst());
      one[i] = micros(bandwidths.get(i), 1);
      microsPerPermit[i] = Double.toString(nanosPerPermit[i] / 1_000);
    }
  }

  /**
   * Returns the time of so many permits in whole microseconds and a fraction. A permit is rounded
   * up, by one part in 1e9 at most, and a burst is so many of them: a little less than the limit.
   */
  private static String[] micros(Bandwidth bandwidth, long permits) {
    BigInteger[] fractions =
        BigInteger.valueOf(bandwidth.period().toNanos())
            .multiply(FRACTIONS_PER_NANO)
            .divideAndRemainder(BigInteger.valueOf(bandwidth.permits()));
    BigInteger permit =
        fractions[1].signum() == 0 ? fractions[0] : fractions[0].add(BigInteger.ONE);
    BigInteger[] parts = permit.multiply(BigInteger.valueOf(permits)).divideAndRemainder(FRACTIONS);
    return new String[] {parts[0].toString(), parts[1].toString()};
  }

  private String[] cost(int index, long permits) {
    return permits == 1 ? one[index] : micros(limit.bandwidths().get(index), permits);
  }

  /** Returns the nanoseconds in which one permit of a bandwidth comes back. */
  double nanosPerPermit(int index) {
    return nanosPerPermit[index];
  }

  /** Returns the nanoseconds in which the burst of a bandwidth comes back. */
  double burstNanos(int index) {
    return burstNanos[index];
  }

  /** Returns the longest time in which a burst comes back, in nanoseconds. */
  long refillNanos() {
    double longest = 0;
    for (double nanos : burstNanos) {
      longest = Math.max(longest, nanos);
    }
    return (long) Math.ceil(longest);
  }

  /**
   * Returns what is left.
   *
   * @param aheadNanos by bandwidth what is owed, in nanoseconds, 0 or more
   * @param leased permits that are charged and not spent
   */
  List<Quota> quotas(long[] aheadNanos, long leased) {
    List<Quota> quotas = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Bandwidth bandwidth = limit.bandwidths().get(i);
      long left = (long) Math.max(0, (burstNanos[i] - aheadNanos[i]) / nanosPerPermit[i]);
      quotas.add(
          new Quota(
              bandwidth,
              Math.min(bandwidth.burst(), left + leased),
              Duration.ofNanos(aheadNanos[i])));
    }
    return quotas;
  }

  /**
   * Returns the arguments of {@link Script#TAKE}.
   *
   * @param want 0 to the smallest burst
   * @param least as many, or less if a part is of use
   * @param floors nanoseconds by bandwidth that are known to be owed; empty for none
   */
  List<String> takeArguments(
      long want, long least, long patienceNanos, boolean always, long[] floors) {
    List<String> arguments = new ArrayList<>(6 + 6 * count);
    arguments.add(config);
    arguments.add(Long.toString(want));
    arguments.add(Long.toString(least));
    arguments.add(Long.toString(Math.min(FURTHEST_MICROS, patienceNanos / 1_000)));
    arguments.add(always ? "1" : "0");
    arguments.add(Integer.toString(count));
    for (int i = 0; i < count; i++) {
      String[] cost = cost(i, want);
      arguments.add(burst[i][0]);
      arguments.add(burst[i][1]);
      arguments.add(cost[0]);
      arguments.add(cost[1]);
      arguments.add(microsPerPermit[i]);
      long floor = floors.length == 0 ? 0 : Math.max(0, floors[i]) / 1_000;
      arguments.add(Long.toString(Math.min(FURTHEST_MICROS, floor)));
    }
    return arguments;
  }

  /**
   * Returns the arguments of {@link Script#GIVE_BACK}.
   *
   * @param taken the arrival times right after, in microseconds
   * @param turn whether they are a turn that others may have been promised a time after
   */
  List<String> giveBackArguments(long permits, long[] taken, boolean turn) {
    List<String> arguments = new ArrayList<>(2 + 3 * count);
    arguments.add(config);
    arguments.add(Integer.toString(count));
    for (int i = 0; i < count; i++) {
      String[] back = cost(i, permits);
      arguments.add(back[0]);
      arguments.add(back[1]);
      arguments.add(Long.toString(turn ? taken[i] : -taken[i]));
    }
    return arguments;
  }

  @Override
  public String toString() {
    return limit.toString();
  }
}
