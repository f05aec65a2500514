// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import java.util.concurrent.atomic.LongAdder;

/** What happened since a moment; thread-safe. */
final class SampleWindow {
  final long startNanos;
  final LongAdder samples = new LongAdder();
  final LongAdder sumNanos = new LongAdder();
  final LongAdder dropped = new LongAdder();
  final LongAdder ignored = new LongAdder();
  final LongAdder asked = new LongAdder();
  // Those that found no room, and those that had found none a moment before.
  final LongAdder rejected = new LongAdder();
  final LongAdder rejectedAgain = new LongAdder();
  // Two threads may each think theirs is the highest; the difference does not matter.
  private volatile int peak;
  private volatile boolean critical;
  private volatile boolean aboveLimit;

  SampleWindow(long startNanos, int inFlight) {
    this.startNanos = startNanos;
    this.peak = inFlight;
  }

  void sawCritical() {
    if (!critical) {
      critical = true;
    }
  }

  void sawAboveLimit() {
    if (!aboveLimit) {
      aboveLimit = true;
    }
  }

  void sawInFlight(int inFlight) {
    if (inFlight > peak) {
      peak = inFlight;
    }
  }

  int peak() {
    return peak;
  }

  void add(long latencyNanos) {
    samples.increment();
    sumNanos.add(latencyNanos);
  }

  /** Returns how many came back. */
  long returned() {
    return samples.sum() + dropped.sum() + ignored.sum();
  }

  LimitEstimator.Window summary(int inFlight, long elapsedNanos) {
    long count = samples.sum();
    long sum = sumNanos.sum();
    long drops = dropped.sum();
    return new LimitEstimator.Window(
        count == 0 ? 0 : (double) sum / count,
        (double) sum / elapsedNanos,
        drops == 0 ? 0 : (double) drops / (count + drops),
        peak,
        inFlight,
        asked.sum(),
        rejected.sum() + rejectedAgain.sum(),
        critical,
        aboveLimit);
  }
}
