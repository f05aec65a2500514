// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * Latencies and errors of one load. Thread-safe while it is recorded; read it when the load is
 * over.
 *
 * <p>A latency runs from the intended start to the answer, so that a stalled server or driver shows
 * in every request that should have been made meanwhile (Gil Tene, "How NOT to Measure Latency";
 * HdrHistogram).
 */
final class Measurements {
  private static final long HIGHEST_NANOS = TimeUnit.MINUTES.toNanos(10);
  private static final int DIGITS = 3;
  private static final double NANOS_PER_MILLI = 1e6;

  private final long windowNanos;
  private final Map<Kind, ConcurrentHistogram> byKind = new EnumMap<>(Kind.class);
  private final List<ConcurrentHistogram> windows = new ArrayList<>();
  private final List<LongAdder> windowErrors = new ArrayList<>();
  private final ConcurrentHistogram all = histogram();
  private final ConcurrentHistogram lateness = histogram();
  private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();
  private final LongAdder errors = new LongAdder();
  private final LongAdder answers = new LongAdder();

  /**
   * @param seconds length of the load
   * @param windowSeconds length of one window of the curve
   */
  Measurements(int seconds, int windowSeconds) {
    windowNanos = TimeUnit.SECONDS.toNanos(windowSeconds);
    for (Kind kind : Kind.values()) {
      byKind.put(kind, histogram());
    }
    for (int start = 0; start < seconds; start += windowSeconds) {
      windows.add(histogram());
      windowErrors.add(new LongAdder());
    }
  }

  /** Notes how much later than intended a request was started, in nanoseconds. */
  void started(long lateNanos) {
    lateness.recordValue(clamp(lateNanos));
  }

  /** Notes the end of a request; the latency of a failed one counts as well. */
  void ended(Arrival arrival, long latencyNanos, boolean right) {
    long latency = clamp(latencyNanos);
    of(arrival.kind()).recordValue(latency);
    if (!right) {
      errors.increment();
    }
    if (!arrival.kind().isMix()) {
      return;
    }
    all.recordValue(latency);
    samples.add(new Sample(arrival.offsetNanos(), latency, right));
    if (right) {
      answers.increment();
    }
    int window = (int) Math.min(arrival.offsetNanos() / windowNanos, windows.size() - 1L);
    windows.get(window).recordValue(latency);
    if (!right) {
      windowErrors.get(window).increment();
    }
  }

  /** Latencies of the mix, in nanoseconds. */
  AbstractHistogram all() {
    return all;
  }

  AbstractHistogram of(Kind kind) {
    return Objects.requireNonNull(byKind.get(kind));
  }

  AbstractHistogram lateness() {
    return lateness;
  }

  /** Errors of every kind, those outside the mix too. */
  long errors() {
    return errors.sum();
  }

  /** Right answers of the mix. */
  long answers() {
    return answers.sum();
  }

  /** Every request of the mix, in the order of the answers. */
  List<Sample> samples() {
    return List.copyOf(samples);
  }

  int windows() {
    return windows.size();
  }

  AbstractHistogram window(int index) {
    return windows.get(index);
  }

  long windowErrors(int index) {
    return windowErrors.get(index).sum();
  }

  /** A percentile in milliseconds. */
  static double millis(AbstractHistogram histogram, double percentile) {
    return histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
  }

  private static long clamp(long nanos) {
    return Math.max(0, Math.min(nanos, HIGHEST_NANOS));
  }

  static ConcurrentHistogram histogram() {
    return new ConcurrentHistogram(HIGHEST_NANOS, DIGITS);
  }

  /**
   * One request. Immutable.
   *
   * @param offsetNanos intended start after the start of the load
   */
  record Sample(long offsetNanos, long latencyNanos, boolean right) {}
}
