// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

/**
 * How many may be in flight for a request of each kind to be admitted; immutable.
 *
 * @param most at most, of whatever kind
 * @param limit the limit in force
 * @param criticalLimit the limit for critical requests
 * @param refusedPart part of the limit for users who were refused a moment ago
 * @param admittedTimes the same, above 1, for those who were admitted
 * @param threshold of shedding
 * @param seed of the hash of users
 * @param outlierNanos a latency counts as at most this
 * @param baseNanos latency without a queue, 0 before anything was measured
 * @param targetNanos latency that is steered to, 0 before anything was measured
 */
record Room(
    int most,
    double limit,
    double criticalLimit,
    double refusedPart,
    double admittedTimes,
    int threshold,
    int seed,
    long outlierNanos,
    long baseNanos,
    long targetNanos) {
  private static final double[] LEVEL_PART = {1, 1, 0.75, 0.5};

  // Users beyond the threshold fill what the others leave; half of the limit is more than what is
  // in flight without a queue.
  private static final double NEWCOMER_PART = 0.5;

  /** Returns the room for a request of {@link Priority#DEFAULT} of nobody in particular. */
  int ordinary() {
    return capped(limit);
  }

  /** Returns the room for a critical request. */
  int critical() {
    return capped(criticalLimit);
  }

  /** Tells whether there is more load than capacity. */
  boolean isShedding() {
    return threshold != ShedThreshold.NONE;
  }

  /**
   * Returns the room for a request.
   *
   * @param recent what {@link RecentVerdicts} knows of its user
   */
  int of(Priority priority, int key, int recent) {
    if (priority == Priority.CRITICAL) {
      return critical();
    }
    double ofLevel = LEVEL_PART[priority.level()] * limit;
    if (!isShedding()) {
      return capped(ofLevel);
    }
    return switch (recent) {
      case RecentVerdicts.ADMITTED -> capped(ofLevel * admittedTimes);
      case RecentVerdicts.REFUSED -> capped(Math.floor(ofLevel * refusedPart));
      default -> {
        if (ShedThreshold.isBelow(threshold, key)) {
          yield ordinary();
        }
        yield capped(ShedThreshold.isOfUser(key) ? ofLevel * NEWCOMER_PART : ofLevel);
      }
    };
  }

  private int capped(double room) {
    return (int) Math.max(1, Math.min(most, Math.round(room)));
  }
}
