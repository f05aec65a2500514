// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Which requests are refused when there are more than can be answered: those of the lower levels
 * first, and inside a level all those of some users rather than some of those of all users.
 *
 * <p>A request has a key, which is its level and, by a hash of its user that changes every hour,
 * one of {@value #COHORTS} cohorts. The threshold is the key up to which the requests that come in
 * fill most of the capacity. It follows from counts, so that it is right at once and not found by
 * trial.
 *
 * <p>{@link #count} and what is static are thread-safe, the rest is confined.
 */
final class ShedThreshold {
  // Levels with user cohorts are those of WeChat's DAGOR [Zhou et al., Overload control for scaling
  // WeChat microservices, 2018], which moves its threshold up and down by small steps instead.

  /** Cohorts of a level. */
  static final int COHORTS = 128;

  /** A threshold above all keys. */
  static final int NONE = Priority.values().length * COHORTS;

  // Fewer workers need more room to take in the same variation; it goes with the square root.
  private static final double SLACK = 0.4;

  private static final double MEMORY_NANOS = 2e9;
  private static final int LEVELS = Priority.values().length;

  // The last slot of a level is for requests without a user.
  private final AtomicIntegerArray arrived = new AtomicIntegerArray(LEVELS * (COHORTS + 1));
  private final double[] perNano = new double[LEVELS * (COHORTS + 1)];
  private double capacityPerNano;
  private long sinceHitNanos = Long.MAX_VALUE;
  private int threshold = NONE;

  /** Hashes a user; for another seed to another place. */
  static int hash(String user, int seed) {
    // The finalizer of MurmurHash3 (Austin Appleby, public domain).
    int hash = user.hashCode() ^ seed;
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }

  /** Returns the key of a request of a user with that {@link #hash}. */
  static int keyOf(Priority priority, int hash) {
    return priority.level() * COHORTS + (hash & (COHORTS - 1));
  }

  /** Returns the key of a request without a user. */
  static int keyOf(Priority priority) {
    return ~priority.level();
  }

  /** Tells whether a key is that of a request with a user. */
  static boolean isOfUser(int key) {
    return key >= 0;
  }

  /** Tells whether a request of that key is below a threshold. */
  static boolean isBelow(int threshold, int key) {
    return key < 0 ? (~key + 1) * COHORTS <= threshold : key < threshold;
  }

  /** Counts a request that came in, whatever becomes of it. */
  void count(int key) {
    arrived.getAndIncrement(key < 0 ? ~key * (COHORTS + 1) + COHORTS : key + key / COHORTS);
  }

  /**
   * Takes in what came in since the last call and returns the new threshold.
   *
   * @param returned how many requests came back in that time
   * @param hit whether one was rejected, so that it shows what the capacity is
   * @param limit how many may be in flight
   */
  int update(long elapsedNanos, long returned, boolean hit, double limit) {
    double weight = 1 - Math.exp(-elapsedNanos / MEMORY_NANOS);
    double total = 0;
    for (int i = 0; i < perNano.length; i++) {
      double now = (double) arrived.getAndSet(i, 0) / elapsedNanos;
      perNano[i] += weight * (now - perNano[i]);
      total += perNano[i];
    }
    if (hit) {
      double now = (double) returned / elapsedNanos;
      capacityPerNano =
          capacityPerNano == 0 ? now : capacityPerNano + weight * (now - capacityPerNano);
      sinceHitNanos = 0;
    } else if (sinceHitNanos < Long.MAX_VALUE / 2) {
      sinceHitNanos += elapsedNanos;
    }
    if (sinceHitNanos > MEMORY_NANOS || total <= capacityPerNano) {
      threshold = NONE;
      return threshold;
    }
    int next = highest((1 - SLACK / Math.sqrt(Math.max(1, limit))) * capacityPerNano);
    // One cohort more or less is noise, and a user who is refused in turns has nothing.
    if (threshold == NONE || Math.abs(next - threshold) > 1) {
      threshold = next;
    }
    return threshold;
  }

  /** Returns the largest threshold whose requests come in no faster than that. */
  private int highest(double mostPerNano) {
    double sum = 0;
    for (int level = 0; level < LEVELS; level++) {
      int first = level * (COHORTS + 1);
      double anonymous = perNano[first + COHORTS] / COHORTS;
      for (int cohort = 0; cohort < COHORTS; cohort++) {
        sum += perNano[first + cohort] + anonymous;
        if (sum > mostPerNano) {
          return level * COHORTS + cohort;
        }
      }
    }
    return NONE;
  }

  @Override
  public String toString() {
    return "ShedThreshold[" + threshold + ", " + Arrays.stream(perNano).sum() * 1e9 + "/s]";
  }
}
