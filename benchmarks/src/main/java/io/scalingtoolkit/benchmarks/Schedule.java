// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * All arrivals of a load in order of time, a function of its settings alone. Immutable.
 *
 * <p>Arrival times are a Poisson process given its number of events: so many points, uniform over
 * the time. Users do not wait for each other's answers, so neither do the points.
 */
final class Schedule {
  /** Skew of the keys, that of YCSB's Zipfian workloads. */
  static final double ZIPF_EXPONENT = 0.99;

  /** Requests a second outside the mix that show what an answer costs without any work. */
  static final int LIVENESS_RATE = 5;

  private static final double NANOS = 1e9;

  private final List<Arrival> arrivals;

  private Schedule(List<Arrival> arrivals) {
    this.arrivals = arrivals;
  }

  /**
   * Lays down a load.
   *
   * @param rate requests a second of the mix, at least 1
   * @param seconds length, at least 1
   * @param keys number of things the requests are about, at least 1
   */
  static Schedule of(int rate, int seconds, int keys, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Zipf popularity = new Zipf(keys, ZIPF_EXPONENT);
    List<Arrival> arrivals = new ArrayList<>();
    for (long offset : offsets(rate, seconds, random.split())) {
      arrivals.add(new Arrival(offset, Kind.at(random.nextInt(1000)), popularity.next(random)));
    }
    for (long offset : offsets(LIVENESS_RATE, seconds, random.split())) {
      arrivals.add(new Arrival(offset, Kind.LIVENESS, 0));
    }
    arrivals.sort(Comparator.comparingLong(Arrival::offsetNanos));
    return new Schedule(List.copyOf(arrivals));
  }

  List<Arrival> arrivals() {
    return arrivals;
  }

  private static long[] offsets(int rate, int seconds, SplittableRandom random) {
    long[] offsets = new long[Math.multiplyExact(rate, seconds)];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = (long) (random.nextDouble() * seconds * NANOS);
    }
    Arrays.sort(offsets);
    return offsets;
  }
}
