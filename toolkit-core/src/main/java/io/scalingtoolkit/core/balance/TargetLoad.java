// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Balancer} knows about one target: requests in flight, a latency estimate, a weight.
 *
 * <p>For each request call {@link #started()}, then in any order {@link #recordLatency} if its
 * latency says something about the target, and {@link #finished()}. One thread calls {@link #tick}
 * regularly, every 10 to 100 ms: without it the estimate stays at the first latency and slow start
 * does not advance.
 *
 * <p>The estimate is an exponentially weighted moving average in time. It follows rising latencies
 * within {@value #RISE_MILLIS} ms and falling ones within {@value #FALL_MILLIS} ms. Without new
 * latencies it sinks, slower ({@value #IDLE_MILLIS} ms), until the target looks good enough to be
 * tried; the first request that starts then takes it back to where it was before it sank, so that a
 * slow target costs one request at each try, however many callers there are. After a try that went
 * well the estimate is close to the new latency, because what was known before is old by then.
 *
 * <p>The estimate differs from the peak EWMA of Twitter Finagle, its model, in that a single
 * latency does not become the estimate: the mean of all between two ticks does, so that one pause
 * does not empty a healthy target, and the clock is read in {@link #tick} alone.
 *
 * <p>Thread-safe, and nothing here blocks.
 */
public final class TargetLoad {
  /** Time constant towards higher latencies, in milliseconds. */
  static final long RISE_MILLIS = 100;

  /** Time constant towards lower latencies, in milliseconds. */
  static final long FALL_MILLIS = 400;

  /**
   * Time constant of an estimate without new latencies, in milliseconds. Twice {@link
   * #FALL_MILLIS}: a target that was r times slower than the others is tried after ln(r) of these,
   * and by then its old estimate has a weight of 1/r² against the first new latency, so that one
   * good try is enough.
   */
  static final long IDLE_MILLIS = 2 * FALL_MILLIS;

  /** An estimate sinks no lower than this. */
  static final double FLOOR_NANOS = 1_000;

  /** The longest latency that counts as itself, about 4.3 s; so the sum of a full window fits. */
  private static final long MAX_LATENCY_NANOS = (1L << 32) - 1;

  private static final int COUNT_BITS = 16;
  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double MIN_WEIGHT = 1e-6;
  private static final double MAX_WEIGHT = 1e6;
  private static final Duration MAX_WARM_UP = Duration.ofDays(292L * 365);

  private static final VarHandle IN_FLIGHT;
  private static final VarHandle WINDOW;
  private static final VarHandle ESTIMATE;
  private static final VarHandle WARM_UP;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      IN_FLIGHT = lookup.findVarHandle(TargetLoad.class, "inFlight", int.class);
      WINDOW = lookup.findVarHandle(TargetLoad.class, "window", long.class);
      ESTIMATE = lookup.findVarHandle(TargetLoad.class, "estimate", double.class);
      WARM_UP = lookup.findVarHandle(TargetLoad.class, "warmUp", WarmUp.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String name;
  private final @Nullable String zone;

  private volatile int inFlight;
  // Latencies since the last tick: their sum above, their number in the lowest 16 bits. One field,
  // so that a tick takes both at once.
  private volatile long window;
  // What a pick reads, in nanoseconds; 0 until the first latency. It sinks in tick, and started
  // takes it back; both by compare-and-set, so that neither undoes what the other did meanwhile.
  private volatile double estimate;
  // The estimate when the last latencies came, before it sank.
  private volatile double measured;
  private volatile double weight;
  private volatile @Nullable WarmUp warmUp;
  // The part of the weight that slow start lets through, 0 to 1.
  private volatile double warmth = 1;

  // Only the thread that ticks uses these.
  private boolean ticked;
  private long lastTickNanos;
  private long lastMeasuredNanos;

  private TargetLoad(String name, double weight, @Nullable String zone) {
    this.name = Objects.requireNonNull(name, "name");
    this.zone = zone;
    this.weight = checkWeight(weight);
  }

  /** Returns a target of weight 1 in no zone, with nothing in flight and no estimate. */
  public static TargetLoad of(String name) {
    return new TargetLoad(name, 1, null);
  }

  /**
   * Returns a target with nothing in flight and no estimate.
   *
   * @param name for people to read
   * @param weight its share relative to the others, 0.000001 to 1000000, or 0 for a last resort
   * @param zone where it is, or null
   * @throws IllegalArgumentException if {@code weight} breaks its rule
   */
  public static TargetLoad of(String name, double weight, @Nullable String zone) {
    return new TargetLoad(name, weight, zone);
  }

  private double checkWeight(double value) {
    if (value != 0 && !(value >= MIN_WEIGHT && value <= MAX_WEIGHT)) {
      throw new IllegalArgumentException(
          "weight of target \"" + name + "\" must be 0 or from 0.000001 to 1000000, was " + value);
    }
    return value;
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns the zone, or null if it is in none. */
  public @Nullable String zone() {
    return zone;
  }

  /** Returns the weight as it was set, without slow start. */
  public double weight() {
    return weight;
  }

  /**
   * Changes the weight.
   *
   * @param weight its share relative to the others, 0.000001 to 1000000, or 0 for a last resort
   * @throws IllegalArgumentException if {@code weight} breaks its rule; the old weight stays
   */
  public void setWeight(double weight) {
    this.weight = checkWeight(weight);
  }

  /** Returns the weight a pick uses now: during slow start a part of {@link #weight()}. */
  double effectiveWeight() {
    return weight * warmth;
  }

  /** Counts a request that is about to be sent to this target. */
  public void started() {
    IN_FLIGHT.getAndAdd(this, 1);
    double sunk = estimate;
    double before = measured;
    if (sunk < before) {
      // This request is the try; those that follow see the estimate of before.
      ESTIMATE.compareAndSet(this, sunk, before);
    }
  }

  /**
   * Counts a request that {@link #started()} and is over, well or badly.
   *
   * @throws IllegalStateException if no request is in flight; the count stays 0
   */
  public void finished() {
    int before;
    do {
      before = inFlight;
      if (before == 0) {
        throw new IllegalStateException(
            "target \"" + name + "\" has no request in flight that could finish");
      }
    } while (!IN_FLIGHT.weakCompareAndSet(this, before, before - 1));
  }

  /**
   * Counts the latency of one request towards the estimate, which the next tick updates.
   *
   * <p>The first latency ever is the estimate at once. Of more than 65535 latencies between two
   * ticks the rest is left out.
   *
   * @param nanos the latency, 0 or more; more than 4.2 s counts as 4.2 s
   * @throws IllegalArgumentException if {@code nanos} is negative
   */
  public void recordLatency(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("latency must not be negative, was " + nanos + " ns");
    }
    long counted = Math.min(nanos, MAX_LATENCY_NANOS);
    long before;
    do {
      before = window;
      if ((before & COUNT_MASK) == COUNT_MASK) {
        return;
      }
    } while (!WINDOW.weakCompareAndSet(this, before, before + (counted << COUNT_BITS) + 1));
    if (estimate == 0) {
      ESTIMATE.compareAndSet(this, 0.0, Math.max((double) counted, FLOOR_NANOS));
    }
  }

  /**
   * Takes in the latencies since the last call, lets the estimate sink if there were none, and
   * advances slow start.
   *
   * <p>Calls must not overlap. One with a reading that is not later than the one before does
   * nothing.
   *
   * @param nowNanos a reading of the clock that {@link #warmUp} is given readings of
   */
  public void tick(long nowNanos) {
    double elapsedMillis = (nowNanos - lastTickNanos) / NANOS_PER_MILLI;
    if (!ticked) {
      ticked = true;
      lastMeasuredNanos = nowNanos;
      elapsedMillis = 0;
    } else if (elapsedMillis <= 0) {
      return;
    }
    lastTickNanos = nowNanos;
    advanceWarmUp(nowNanos);
    long taken = (long) WINDOW.getAndSet(this, 0L);
    long count = taken & COUNT_MASK;
    if (count > 0) {
      measure((double) (taken >>> COUNT_BITS) / count, nowNanos);
    } else if (estimate > FLOOR_NANOS) {
      double before = estimate;
      double sunk = Math.max(before * Math.exp(-elapsedMillis / IDLE_MILLIS), FLOOR_NANOS);
      // Fails if a request has started meanwhile and took the estimate back; then it is not sunk.
      ESTIMATE.compareAndSet(this, before, sunk);
    }
  }

  private void measure(double mean, long nowNanos) {
    double before = measured;
    double next = mean;
    if (before > 0) {
      double ageMillis = (nowNanos - lastMeasuredNanos) / NANOS_PER_MILLI;
      double timeConstant = mean > before ? RISE_MILLIS : FALL_MILLIS;
      next = mean + (before - mean) * Math.exp(-ageMillis / timeConstant);
    }
    next = Math.max(next, FLOOR_NANOS);
    lastMeasuredNanos = nowNanos;
    measured = next;
    estimate = next;
  }

  private void advanceWarmUp(long nowNanos) {
    WarmUp current = warmUp;
    if (current != null) {
      double part = (double) (nowNanos - current.startNanos) / current.lengthNanos;
      warmth = Math.max(0, Math.min(1, part));
      if (part >= 1) {
        WARM_UP.compareAndSet(this, current, null);
      }
    }
  }

  /**
   * Starts a slow start: the share of this target grows evenly from nothing to its weight.
   *
   * <p>Until the next {@link #tick} it is a last resort, like a target of weight 0. A slow start
   * under way begins anew.
   *
   * @param length how long it takes; zero ends a slow start at the next tick
   * @param nowNanos a reading of the clock that {@link #tick} is given readings of
   * @throws IllegalArgumentException if {@code length} is negative or 292 years or longer
   */
  public void warmUp(Duration length, long nowNanos) {
    Objects.requireNonNull(length, "length");
    if (length.isNegative() || length.compareTo(MAX_WARM_UP) >= 0) {
      throw new IllegalArgumentException(
          "length of a slow start must be 0 or more and less than 292 years, was " + length);
    }
    warmUp = new WarmUp(nowNanos, Math.max(1, length.toNanos()));
    warmth = 0;
  }

  /** Returns how many requests have started and not finished, 0 or more. */
  public int inFlight() {
    return inFlight;
  }

  /** Returns the latency estimate in nanoseconds, or 0 before the first latency. */
  public double latencyNanos() {
    return estimate;
  }

  @Override
  public String toString() {
    return "TargetLoad["
        + name
        + ", inFlight="
        + inFlight
        + ", latencyNanos="
        + Math.round(estimate)
        + ", weight="
        + weight
        + "]";
  }

  private record WarmUp(long startNanos, long lengthNanos) {}
}
