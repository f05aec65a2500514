// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * Chooses one of up to {@value #MAX_TARGETS} targets, such as the replicas of a database.
 *
 * <p>{@link #powerOfTwoChoices()} suits targets that may differ or change in speed and is the usual
 * choice. The others ignore latency. Whether a target may be used at all is the caller's to say, in
 * the mask given to {@link #pick}: that is also how a target is drained.
 *
 * <p>A target of weight 0 is a last resort to every balancer here: it is chosen only if no eligible
 * target has a weight above 0.
 *
 * <p>Where random numbers can be given, the source returns 64 uniformly distributed bits a call; it
 * is called from every thread that calls {@link #pick}. Without one the numbers are those of {@link
 * ThreadLocalRandom}.
 *
 * <p>Thread-safe; a pick takes no lock, never blocks and allocates nothing.
 */
public interface Balancer {
  /** The result of a pick when no target is eligible. */
  int NONE = -1;

  /** The most targets one pick can be made among. */
  int MAX_TARGETS = 64;

  /**
   * Returns the index of the chosen target, or {@link #NONE} if none is eligible.
   *
   * <p>The choice is a reading: it counts nothing. Call {@link TargetLoad#started()} on the target
   * right after, so that the next pick sees it.
   *
   * @param targets up to {@value #MAX_TARGETS} targets, none null; only read
   * @param eligible bit i says whether {@code targets[i]} may be chosen; bits past the last target
   *     are ignored
   * @throws IllegalArgumentException if there are more than {@value #MAX_TARGETS} targets
   */
  int pick(TargetLoad[] targets, long eligible);

  /**
   * Returns a balancer that draws two eligible targets and takes the one of lower cost.
   *
   * <p>The cost is the number of requests in flight and one, times the latency estimate, with the
   * requests in flight taken in proportion to the weights. Two targets whose costs differ by a
   * factor of less than 1.4 count as equal and are drawn by weight: an estimate is not exact enough
   * to send everything to the better one, and requests would run in herds between equal targets. If
   * their weights differ, the lighter one has to be better by that much more, up to 8 times.
   *
   * <p>A target r times slower than the rest gets about one request every 0.8 s times ln(r), which
   * tells when it has recovered; with less than about 100 requests a second that is more than one
   * in a hundred. With many requests in flight it gets up to 1/r² of what each other target gets.
   *
   * <p>Two choices rather than the minimum of all: nearly as even, and many callers who look at the
   * same figures do not all rush to the same target (M. Mitzenmacher, "The Power of Two Choices in
   * Randomized Load Balancing", IEEE TPDS 12(10), 2001). The cost follows the peak EWMA balancer of
   * Twitter Finagle; {@link TargetLoad} says where it differs.
   */
  static Balancer powerOfTwoChoices() {
    return powerOfTwoChoices(() -> ThreadLocalRandom.current().nextLong());
  }

  /** As {@link #powerOfTwoChoices()}, with a source of random bits. */
  static Balancer powerOfTwoChoices(LongSupplier random) {
    return new PowerOfTwoChoices(Objects.requireNonNull(random, "random"));
  }

  /** Returns a balancer that takes the eligible targets in turn, whatever their weights above 0. */
  static Balancer roundRobin() {
    return new RoundRobin();
  }

  /** Returns a balancer that draws any eligible target, whatever their weights above 0. */
  static Balancer random() {
    return random(() -> ThreadLocalRandom.current().nextLong());
  }

  /** As {@link #random()}, with a source of random bits. */
  static Balancer random(LongSupplier random) {
    return new UniformDraw(Objects.requireNonNull(random, "random"));
  }

  /**
   * Returns a balancer that takes the eligible target with the fewest requests in flight for its
   * weight, and draws among equals by weight.
   */
  static Balancer leastInFlight() {
    return leastInFlight(() -> ThreadLocalRandom.current().nextLong());
  }

  /** As {@link #leastInFlight()}, with a source of random bits. */
  static Balancer leastInFlight(LongSupplier random) {
    return new LeastInFlight(Objects.requireNonNull(random, "random"));
  }

  /** Returns a balancer that draws an eligible target with a chance in proportion to its weight. */
  static Balancer weighted() {
    return weighted(() -> ThreadLocalRandom.current().nextLong());
  }

  /** As {@link #weighted()}, with a source of random bits. */
  static Balancer weighted(LongSupplier random) {
    return new WeightedDraw(Objects.requireNonNull(random, "random"));
  }

  /**
   * Returns a balancer that keeps to one zone as long as a target there is eligible and has a
   * weight above 0, and otherwise chooses among all.
   *
   * @param zone the zone to prefer, compared with {@link TargetLoad#zone()}
   * @param within how to choose among the targets left over
   */
  static Balancer preferZone(String zone, Balancer within) {
    return new ZonePreference(
        Objects.requireNonNull(zone, "zone"), Objects.requireNonNull(within, "within"));
  }
}
