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
 * <p>The base is measured, not remembered. Every {@value #PROBE_EVERY}th window the limit is
 * brought down, to about what would be in flight without a queue, until the queue has drained, and
 * for a window more whose latency moves the base. So it follows a server that has become slower or
 * faster, and a long overload does not pass for it: latency is in proportion to what is in flight
 * as long as there is a queue, so each probe of a base that is too high measures less than it.
 * Without overload a probe refuses nothing.
 */
final class LimitEstimator {
  // Probing is what Envoy's gradient controller does (minRTT calculation window), with the limit
  // set to a fixed small number there. The lowest latency ever seen, as in TCP Vegas, keys on the
  // luckiest request. [Envoy: adaptive_concurrency filter; Brakmo and Peterson, TCP Vegas, 1995]

  /** The part of the deadline that may be spent in a queue. */
  static final double QUEUE_SHARE = 0.19;

  /** Windows from one probe to the next. */
  static final int PROBE_EVERY = 30;

  /** Windows to the first probe: what comes first is not typical. */
  static final int FIRST_PROBE = 5;

  /** A latency counts as at most so many times the target. */
  static final double OUTLIER = 5;

  // Of what came in, the part that was rejected from which there is overload.
  private static final double OVERLOAD = 0.02;

  // A window says nothing of a limit of which less than this part was in use.
  private static final double IN_USE = 0.5;

  // The limit in a probe: part of what is in flight without a queue, and that as part of the limit.
  private static final double PROBE_PART_OF_BASE = 0.8;
  private static final double LEAST_PROBE_PART = 0.33;
  private static final double MOST_PROBE_PART = 0.5;
  private static final int MOST_DRAINING = 3;
  private static final double PROBE_WEIGHT = 0.5;
  private static final double LOWER_WEIGHT = 0.25;
  private static final double FAR_OFF = 0.8;

  // Near the target most of the difference is noise: the mean of 40 latencies whose spread is as
  // large as they are is a sixth off.
  private static final int SAMPLES = 40;
  private static final int FEW_SAMPLES = 30;
  private static final double GAIN = 0.5;
  private static final double NEAR_GAIN = 0.1;
  private static final double FAR = 0.7;
  private static final double LEAST_STEP = 0.6;
  private static final double MOST_STEP = 1.25;

  // How much of the queue is left when most is rejected, and when some of the rest is critical.
  private static final double LEAST_QUEUE = 0.5;
  private static final double LEAST_CRITICAL = 0.3;
  private static final double FULL_QUEUE = 1.5;
  private static final double REJECTED_WEIGHT = 0.2;

  private enum Phase {
    STEERING,
    DRAINING,
    PROBING,
    REFILLING
  }

  private final double least;
  private final double most;
  private final double queueNanos;

  private Phase phase = Phase.STEERING;
  private int windows = PROBE_EVERY - FIRST_PROBE;
  private boolean probed;
  private int drained;
  private double limit;
  private double rejectedPart;
  private boolean critical;
  private double probeLimit;
  // 0 until the first window.
  private double baseNanos;
  // Since the last probe.
  private double asked;
  private double rejected;

  /**
   * One window of requests.
   *
   * @param meanNanos mean latency of those that count, 0 if none does
   * @param meanInFlight how many of them were in flight at a time, by Little's law
   * @param droppedPart of those that came back, the part that was dropped, 0 to 1
   * @param peak most in flight at once
   * @param inFlight how many were at its end
   * @param asked how many came in
   * @param rejected how many of them found no room
   * @param critical whether one of them was critical
   * @param aboveLimit whether users who had been admitted before were let in above the limit
   */
  record Window(
      double meanNanos,
      double meanInFlight,
      double droppedPart,
      int peak,
      int inFlight,
      long asked,
      long rejected,
      boolean critical,
      boolean aboveLimit) {}

  LimitEstimator(double least, double most, double initial, long deadlineNanos) {
    this.least = least;
    this.most = most;
    this.limit = initial;
    this.queueNanos = QUEUE_SHARE * deadlineNanos;
  }

  /** Returns the limit in force, from the smallest to the largest allowed; lower in a probe. */
  double limit() {
    return isProbing() ? probeLimit : limit;
  }

  /** Tells whether the limit in force is that of a probe. */
  boolean isProbing() {
    return phase == Phase.DRAINING || phase == Phase.PROBING;
  }

  /** Returns how many samples make a window. */
  int samplesWanted() {
    return phase == Phase.DRAINING || phase == Phase.REFILLING ? FEW_SAMPLES : SAMPLES;
  }

  /** Returns the limit that holds but for a probe. */
  double steadyLimit() {
    return limit;
  }

  /** Returns the part of what comes in that is rejected, of late, 0 to 1. */
  double rejectedPart() {
    return rejectedPart;
  }

  /** Returns the base latency, 0 before the first window. */
  double baseNanos() {
    return baseNanos;
  }

  /** Returns the latency that is steered to, 0 before the first window. */
  double targetNanos() {
    return baseNanos == 0 ? 0 : baseNanos + queueNanos * queuePart();
  }

  // With many more requests than capacity the workers are never idle, whatever the queue; where
  // there are only a few more, a queue bridges the gaps between them.
  private double queuePart() {
    return Math.max(
        critical ? LEAST_CRITICAL : LEAST_QUEUE, Math.min(1, FULL_QUEUE * (1 - rejectedPart)));
  }

  /** Takes in a window. */
  void update(Window window) {
    windows++;
    switch (phase) {
      case STEERING -> {
        lowerBase(window);
        steer(window);
        if (windows >= PROBE_EVERY) {
          startProbe();
        }
      }
      case DRAINING -> {
        drained++;
        if (window.inFlight() <= probeLimit || drained >= MOST_DRAINING) {
          phase = Phase.PROBING;
        }
      }
      case PROBING -> {
        if (window.meanNanos() > 0) {
          double before = baseNanos;
          baseNanos += (probed ? PROBE_WEIGHT : 1) * (window.meanNanos() - before);
          probed = true;
          // One that was far off shows that the limit, and so the probe, was too high as well.
          windows = baseNanos < FAR_OFF * before ? PROBE_EVERY - FIRST_PROBE : 0;
        }
        phase = probeLimit < limit ? Phase.REFILLING : Phase.STEERING;
      }
      case REFILLING -> phase = Phase.STEERING;
    }
  }

  private void startProbe() {
    phase = Phase.DRAINING;
    drained = 0;
    // Without overload there is little queue, and nothing that a probe would be worth refusing for.
    probeLimit = limit;
    if (rejected > OVERLOAD * asked) {
      double withoutQueue = PROBE_PART_OF_BASE * baseNanos / targetNanos();
      double part = Math.max(LEAST_PROBE_PART, Math.min(MOST_PROBE_PART, withoutQueue));
      probeLimit = Math.max(least, part * limit);
    }
    asked = 0;
    rejected = 0;
  }

  private void lowerBase(Window window) {
    double mean = window.meanNanos();
    if (baseNanos == 0) {
      baseNanos = mean;
    } else if (mean > 0 && mean < baseNanos) {
      baseNanos += LOWER_WEIGHT * (mean - baseNanos);
    }
  }

  private void steer(Window window) {
    asked += window.asked();
    rejected += window.rejected();
    if (window.asked() > 0) {
      double part = (double) window.rejected() / window.asked();
      critical = window.critical();
      rejectedPart += REJECTED_WEIGHT * (part - rejectedPart);
    }
    double step = 1;
    double from = limit;
    if (window.meanNanos() > 0) {
      double ratio = targetNanos() / window.meanNanos();
      if (ratio < 1 && window.aboveLimit() && window.meanInFlight() > limit) {
        // Latency is in proportion to what was in flight, and the limit is not what let that in.
        ratio = Math.min(1, ratio * window.meanInFlight() / limit);
      }
      double gain = Math.abs(Math.log(ratio)) > FAR ? GAIN : NEAR_GAIN;
      step = 1 + gain * (ratio - 1);
      if (step < 1) {
        // What lies far above the peak was not in use and is not what made it slow.
        from = Math.min(limit, Math.max(window.peak() / IN_USE, least));
      } else if (window.peak() < IN_USE * limit || window.droppedPart() > 0) {
        step = 1;
      }
    }
    step = Math.max(LEAST_STEP, Math.min(MOST_STEP, step)) * (1 - window.droppedPart() / 2);
    limit = Math.max(least, Math.min(most, from * step));
  }
}
