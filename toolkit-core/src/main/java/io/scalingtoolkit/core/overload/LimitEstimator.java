// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

/**
 * Works out how many requests in flight are enough, from one window of latencies after the other;
 * confined. It reads no clock and knows no thread.
 *
 * <p>The target is the base latency, which is that without a queue, and a share of the deadline for
 * a queue. A window above the target makes the limit smaller, in proportion; one below it makes the
 * limit larger, but only if at least half of the limit was in use, for otherwise the window says
 * nothing about a higher limit.
 *
 * <p>The base is measured, not remembered: every {@value #PROBE_EVERY}th window the limit is halved
 * for a window to let the queue drain, and for a second one whose latency is the new base. So it
 * follows a server that has become slower or faster, and a long overload does not pass for it: with
 * a queue left at half the limit, the base comes out at half the target at most, and the target
 * that follows from it converges to twice the share.
 */
final class LimitEstimator {
  // Probing is what Envoy's gradient controller does (minRTT calculation window), with the limit
  // set to a fixed small number there. The lowest latency ever seen, as in TCP Vegas, keys on the
  // luckiest request. [Envoy: adaptive_concurrency filter; Brakmo and Peterson, TCP Vegas, 1995]

  /** The part of the deadline that may be spent in a queue. */
  static final double QUEUE_SHARE = 0.15;

  /** Windows from one probe to the next. */
  static final int PROBE_EVERY = 25;

  /** The limit while probing, as a part of itself. */
  static final double PROBE_PART = 0.5;

  /** A latency counts as at most so many times the target. */
  static final double OUTLIER = 10;

  private static final double GAIN = 0.5;
  private static final double LEAST_STEP = 0.6;
  private static final double MOST_STEP = 1.25;
  private static final double BASE_WEIGHT = 0.5;

  private enum Phase {
    STEERING,
    DRAINING,
    PROBING
  }

  private final double least;
  private final double most;
  private final double queueNanos;

  private Phase phase = Phase.STEERING;
  private int windows;
  private double limit;
  // 0 until the first window.
  private double baseNanos;

  /**
   * One window of requests.
   *
   * @param meanNanos mean latency of those that count, 0 if none does
   * @param droppedPart of those that came back, the part that was dropped, 0 to 1
   * @param peak most in flight at once
   */
  record Window(double meanNanos, double droppedPart, int peak) {}

  LimitEstimator(double least, double most, double initial, long deadlineNanos) {
    this.least = least;
    this.most = most;
    this.limit = initial;
    this.queueNanos = QUEUE_SHARE * deadlineNanos;
  }

  /** Returns the limit in force, from the smallest to the largest allowed; halved in a probe. */
  double limit() {
    return phase == Phase.STEERING ? limit : Math.max(least, limit * PROBE_PART);
  }

  /** Returns the base latency, 0 before the first window. */
  double baseNanos() {
    return baseNanos;
  }

  /** Returns the latency that is steered to, 0 before the first window. */
  double targetNanos() {
    return baseNanos == 0 ? 0 : baseNanos + queueNanos;
  }

  /** Takes in a window. */
  void update(Window window) {
    windows++;
    switch (phase) {
      case STEERING -> {
        if (baseNanos == 0) {
          baseNanos = window.meanNanos();
        }
        steer(window);
        if (windows >= PROBE_EVERY) {
          phase = Phase.DRAINING;
        }
      }
      case DRAINING -> phase = Phase.PROBING;
      case PROBING -> {
        if (window.meanNanos() > 0) {
          baseNanos += BASE_WEIGHT * (window.meanNanos() - baseNanos);
        }
        windows = 0;
        phase = Phase.STEERING;
      }
    }
  }

  private void steer(Window window) {
    double step = 1;
    double from = limit;
    if (window.meanNanos() > 0) {
      step = 1 + GAIN * (targetNanos() / window.meanNanos() - 1);
      if (step < 1) {
        // What lies above the peak was not in use and is not what made it slow.
        from = Math.min(limit, Math.max(window.peak(), least));
      } else if (window.peak() < PROBE_PART * limit || window.droppedPart() > 0) {
        step = 1;
      }
    }
    step = Math.max(LEAST_STEP, Math.min(MOST_STEP, step)) * (1 - window.droppedPart() / 2);
    limit = Math.max(least, Math.min(most, from * step));
  }
}
