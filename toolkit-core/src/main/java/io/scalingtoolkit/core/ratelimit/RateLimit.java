// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * How much may be done in how much time: one or more bandwidths, all of which have to have room.
 *
 * <pre>{@code
 * RateLimit.of(100).per(Duration.ofSeconds(1)).burst(200)
 * RateLimit.of(10).per(Duration.ofSeconds(1)).and(RateLimit.of(1_000).per(Duration.ofDays(1)))
 * }</pre>
 *
 * <p>Immutable.
 *
 * @param bandwidths 1 to {@value #MAX_BANDWIDTHS}
 */
public record RateLimit(List<Bandwidth> bandwidths) {
  /** The most bandwidths one limit can have. */
  public static final int MAX_BANDWIDTHS = 8;

  /**
   * Checks the number of bandwidths.
   *
   * @throws IllegalArgumentException if there are none or too many
   */
  public RateLimit {
    bandwidths = List.copyOf(bandwidths);
    if (bandwidths.isEmpty() || bandwidths.size() > MAX_BANDWIDTHS) {
      throw new IllegalArgumentException(
          "a rate limit must have 1 to "
              + MAX_BANDWIDTHS
              + " bandwidths, but has "
              + bandwidths.size());
    }
  }

  /** The first half of a bandwidth; immutable. */
  public static final class Permits {
    private final long permits;

    private Permits(long permits) {
      this.permits = permits;
    }

    /**
     * Completes a limit of so many permits in each {@code period}, with a burst of as many.
     *
     * @param period 1 ns to 3,650 days
     * @throws IllegalArgumentException if out of range, or if that is more than 1e9 a second
     */
    public RateLimit per(Duration period) {
      return new RateLimit(List.of(new Bandwidth(permits, period, permits)));
    }
  }

  /**
   * Begins a limit of so many permits.
   *
   * @param permits 1 to 100,000,000,000; 0 is not a limit, what is never to be done needs none
   * @throws IllegalArgumentException if out of range
   */
  public static Permits of(long permits) {
    return new Permits(Bandwidth.checkPermits(permits));
  }

  /**
   * Returns this limit with another burst: what may be done at once after a time of rest. With
   * several bandwidths it is that of the last.
   *
   * @param burst 1 to 100,000,000,000
   * @throws IllegalArgumentException if out of range, or if it takes longer than 3,650 days to
   *     refill
   */
  public RateLimit burst(long burst) {
    List<Bandwidth> changed = new ArrayList<>(bandwidths);
    Bandwidth last = changed.remove(changed.size() - 1);
    changed.add(new Bandwidth(last.permits(), last.period(), burst));
    return new RateLimit(changed);
  }

  /**
   * Returns a limit that has room only while both have.
   *
   * @throws IllegalArgumentException if that makes more than {@value #MAX_BANDWIDTHS} bandwidths
   */
  public RateLimit and(RateLimit other) {
    List<Bandwidth> all = new ArrayList<>(bandwidths);
    all.addAll(Objects.requireNonNull(other, "other").bandwidths());
    return new RateLimit(all);
  }

  @Override
  public String toString() {
    return String.join(" and ", bandwidths.stream().map(Bandwidth::toString).toList());
  }
}
