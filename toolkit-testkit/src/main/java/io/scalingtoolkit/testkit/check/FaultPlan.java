// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.Faults.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The faults that follow from a seed, one after the other. Confined.
 *
 * <p>Each step takes the same number of random numbers whatever it is, so the order does not depend
 * on how a cluster behaved.
 */
final class FaultPlan {
  private static final int PAUSE_WEIGHT = 4;
  private static final int EARLIEST_PROMOTION = 3;
  private static final int LATEST_PROMOTION = 7;

  private final SplittableRandom random;
  private final List<Kind> choices = new ArrayList<>();
  private final long longestNanos;
  private final long gapNanos;
  private final int promotionAt;
  private int steps;

  /**
   * One fault.
   *
   * @param pick any number; its remainder by the number of replicas chooses one
   * @param hold how long the fault lasts
   * @param gap how long nothing happens afterwards
   */
  record Step(Kind kind, int pick, Duration hold, Duration gap) {
    /** Returns which of so many replicas to pause: one bit each, at least one. */
    int subset(int replicas) {
      return 1 + pick % ((1 << replicas) - 1);
    }
  }

  FaultPlan(Set<Kind> kinds, Duration longest, Duration gap, long seed) {
    random = new SplittableRandom(seed);
    for (Kind kind : kinds) {
      int weight = kind == Kind.PAUSE ? PAUSE_WEIGHT : kind == Kind.PROMOTE ? 0 : 1;
      for (int i = 0; i < weight; i++) {
        choices.add(kind);
      }
    }
    longestNanos = longest.toNanos();
    gapNanos = gap.toNanos();
    int step = random.nextInt(EARLIEST_PROMOTION, LATEST_PROMOTION + 1);
    promotionAt = kinds.contains(Kind.PROMOTE) ? step : -1;
  }

  Step next() {
    int choice = random.nextInt(Integer.MAX_VALUE);
    int pick = random.nextInt(Integer.MAX_VALUE);
    Duration hold = Duration.ofNanos(random.nextLong(longestNanos + 1));
    Duration gap = Duration.ofNanos(random.nextLong(gapNanos + 1));
    Kind kind = steps == promotionAt ? Kind.PROMOTE : choices.get(choice % choices.size());
    steps++;
    return new Step(kind, pick, hold, gap);
  }
}
