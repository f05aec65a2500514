// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.time;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * Time that stands still until a test moves it, seen both as elapsed and as calendar time.
 *
 * <p>{@link #advance} moves both views by the same amount; {@link #setWall} moves the calendar
 * alone, as an operator or a time server would. The elapsed view never goes back. It starts one
 * second before the largest {@code long}, so that a test which advances further also runs its
 * subject through the wrap-around that {@link MonotonicClock#nanoTime()} allows.
 *
 * <p>It lives beside the production code because the tests of every module need it. Thread-safe; it
 * never blocks.
 */
public final class ManualClock {
  private static final long FIRST_READING_NANOS = Long.MAX_VALUE - 1_000_000_000L;

  private final MonotonicClock monotonic;
  private final WallClock wall;
  // Written under this object's monitor, read by the views without it.
  private volatile Reading reading;

  private ManualClock(Instant start) {
    reading = new Reading(FIRST_READING_NANOS, start);
    monotonic = () -> reading.nanos();
    wall = () -> reading.wall();
  }

  /** Returns a clock whose calendar view starts at {@code start}. */
  public static ManualClock startingAt(Instant start) {
    return new ManualClock(Objects.requireNonNull(start, "start"));
  }

  /** Returns a clock whose calendar view starts at the epoch, 1970-01-01T00:00:00Z. */
  public static ManualClock atEpoch() {
    return startingAt(Instant.EPOCH);
  }

  /**
   * Moves both views forwards.
   *
   * @param duration how far, zero or more and less than 292 years
   * @throws IllegalArgumentException if {@code duration} is negative or too long; nothing moves
   * @throws java.time.DateTimeException if the calendar view would pass {@link Instant#MAX};
   *     nothing moves
   */
  public synchronized void advance(Duration duration) {
    Objects.requireNonNull(duration, "duration");
    if (duration.isNegative()) {
      throw new IllegalArgumentException("duration must not be negative, was " + duration);
    }
    long nanos;
    try {
      nanos = duration.toNanos();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "duration must be less than 292 years, was " + duration, e);
    }
    reading = new Reading(reading.nanos() + nanos, reading.wall().plusNanos(nanos));
  }

  /** Moves the calendar view to {@code wall}, earlier or later; the elapsed view stays. */
  public synchronized void setWall(Instant wall) {
    Objects.requireNonNull(wall, "wall");
    reading = new Reading(reading.nanos(), wall);
  }

  /** Returns the elapsed view of this clock, live and thread-safe; always the same object. */
  public MonotonicClock monotonic() {
    return monotonic;
  }

  /** Returns the calendar view of this clock, live and thread-safe; always the same object. */
  public WallClock wall() {
    return wall;
  }

  @Override
  public String toString() {
    return "ManualClock[" + reading.wall() + "]";
  }

  private record Reading(long nanos, Instant wall) {}
}
