// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How many calls to one server may be made a second time, by retries and hedges together.
 *
 * <p>They may be a share of the original calls of the last seconds, so that a server that is down
 * gets little more load than one that is up, whatever number of attempts callers have been given.
 * Where there are few originals, a floor lets some through. One second may take twice its even
 * share, so that the whole of the budget is not spent at the first moment of an outage.
 *
 * <p>Make one for each server, not for each place that calls it. Originals are counted, not
 * attempts. The model is the retry budget of Twitter Finagle.
 *
 * <p>Thread-safe. {@link #original} is lock-free; the others take a short lock.
 */
public final class RetryBudget {
  /** The share of originals unless told otherwise. */
  public static final double DEFAULT_RATIO = 0.1;

  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final double BURST = 2;

  private final String name;
  private final double ratio;
  private final double floorPerSecond;
  private final int seconds;
  private final MonotonicClock clock;
  private final long originNanos;
  // One slot a second, by the second modulo their number.
  private final AtomicReferenceArray<@Nullable Second> slots;

  private static final class Second {
    final long number;
    final LongAdder originals = new LongAdder();
    // Guarded by the budget.
    long spent;

    Second(long number) {
      this.number = number;
    }
  }

  private RetryBudget(Builder builder) {
    this.name = builder.name;
    this.ratio = builder.ratio;
    this.floorPerSecond = builder.floorPerSecond;
    this.seconds = (int) builder.ttl.toSeconds();
    this.clock = builder.clock;
    this.originNanos = clock.nanoTime();
    this.slots = new AtomicReferenceArray<>(seconds);
  }

  /** Begins a budget for calls to a server of that name. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Counts an original call: the first attempt of what somebody wants done. */
  public void original() {
    slot(now()).originals.increment();
  }

  /** Takes one retry or hedge out of the budget if there is one. */
  public synchronized boolean tryWithdraw() {
    long now = now();
    Second current = slot(now);
    if (left(now, current) < 1) {
      return false;
    }
    current.spent++;
    return true;
  }

  /** Returns how many retries and hedges could be made now, 0 or more. */
  public synchronized double balance() {
    long now = now();
    return Math.max(0, left(now, slot(now)));
  }

  private double left(long now, Second current) {
    long originals = 0;
    long spent = 0;
    for (int i = 0; i < seconds; i++) {
      Second each = slots.get(i);
      if (each != null && now - each.number < seconds) {
        originals += each.originals.sum();
        spent += each.spent;
      }
    }
    double earned = ratio * originals;
    double past = Math.min(seconds, now + 1);
    double inAll = Math.max(earned, floorPerSecond * seconds) - spent;
    double inThisSecond =
        Math.max(BURST * earned / past, Math.max(1, floorPerSecond)) - current.spent;
    return Math.min(inAll, inThisSecond);
  }

  private long now() {
    return (clock.nanoTime() - originNanos) / NANOS_PER_SECOND;
  }

  private Second slot(long number) {
    int index = (int) (number % seconds);
    while (true) {
      Second found = slots.get(index);
      if (found != null && found.number >= number) {
        return found;
      }
      Second fresh = new Second(number);
      if (slots.compareAndSet(index, found, fresh)) {
        return fresh;
      }
    }
  }

  @Override
  public String toString() {
    return "RetryBudget[" + name + ", balance=" + balance() + "]";
  }

  /** Collects the settings of a budget; confined. */
  public static final class Builder {
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final String name;
    private double ratio = DEFAULT_RATIO;
    private double floorPerSecond = 1;
    private Duration ttl = Duration.ofSeconds(10);
    private MonotonicClock clock = MonotonicClock.system();

    private Builder(String name) {
      if (name.isBlank()) {
        throw new IllegalArgumentException("name must not be blank");
      }
      this.name = name;
    }

    /**
     * Sets the retries and hedges per original call. The default is {@value #DEFAULT_RATIO}.
     *
     * @param ratio 0 to 1
     */
    public Builder ratio(double ratio) {
      if (!(ratio >= 0 && ratio <= 1)) {
        throw new IllegalArgumentException(
            "ratio of budget \"" + name + "\" must be 0 to 1, was " + ratio);
      }
      this.ratio = ratio;
      return this;
    }

    /**
     * Sets how many a second there may be however few originals there are; they are not added to
     * the share of originals. The default is 1.
     *
     * @param floorPerSecond 0 to 1,000,000
     */
    public Builder floorPerSecond(double floorPerSecond) {
      if (!(floorPerSecond >= 0 && floorPerSecond <= 1e6)) {
        throw new IllegalArgumentException(
            "floorPerSecond of budget \"%s\" must be 0 to 1000000, was %s"
                .formatted(name, floorPerSecond));
      }
      this.floorPerSecond = floorPerSecond;
      return this;
    }

    /**
     * Sets how long an original counts. The default is 10 s.
     *
     * @param ttl whole seconds, 1 s to 10 minutes
     */
    public Builder ttl(Duration ttl) {
      if (ttl.compareTo(Duration.ofSeconds(1)) < 0
          || ttl.compareTo(LONGEST) > 0
          || ttl.toNanos() % NANOS_PER_SECOND != 0) {
        throw new IllegalArgumentException(
            "ttl of budget \"%s\" must be whole seconds from 1 to 600, was %s"
                .formatted(name, ttl));
      }
      this.ttl = ttl;
      return this;
    }

    /** Sets the clock; the default is that of the process. */
    public Builder clock(MonotonicClock clock) {
      this.clock = Objects.requireNonNull(clock, "clock");
      return this;
    }

    /** Makes the budget. */
    public RetryBudget build() {
      return new RetryBudget(this);
    }
  }
}
