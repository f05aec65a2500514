// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import java.time.Duration;
import java.util.Objects;

/**
 * What a read that may go to a replica is promised. Immutable.
 *
 * <p>Whatever is chosen, writes are remembered: a read in {@link #session()} inside a scope also
 * sees what was written under another choice.
 */
public sealed interface ReadConsistency {

  /**
   * Any replica that answers; the data may be of any age.
   *
   * <p>When to use: statistics, exports, content that changes rarely.
   */
  static ReadConsistency eventual() {
    return new Eventual();
  }

  /**
   * A replica that shows everything committed until {@code age} before the statement was routed.
   *
   * <p>The age is measured by this process with its monotonic clock, from samples of the primary
   * and the replica; the clocks of the servers do not matter, and an idle primary does not look
   * like lag.
   *
   * @param age more than zero and at most a day; below a few probe intervals every read goes to the
   *     primary
   * @throws IllegalArgumentException if {@code age} is out of range
   */
  static ReadConsistency bounded(Duration age) {
    return new Bounded(age);
  }

  /**
   * A replica that shows everything the session has written or read; the default.
   *
   * <p>That is read your writes, monotonic reads, monotonic writes and writes follow reads. The
   * session is the {@link io.scalingtoolkit.core.consistency.ConsistencyScope} that is current, or
   * the connection where there is none.
   */
  static ReadConsistency session() {
    return new Session();
  }

  /** The primary, always. */
  static ReadConsistency strong() {
    return new Strong();
  }

  /** See {@link #eventual()}. Immutable. */
  record Eventual() implements ReadConsistency {}

  /**
   * See {@link #bounded(Duration)}. Immutable.
   *
   * @param age more than zero and at most a day
   */
  record Bounded(Duration age) implements ReadConsistency {
    private static final Duration MAX_AGE = Duration.ofDays(1);

    /** Checks the range. */
    public Bounded {
      Objects.requireNonNull(age, "age");
      if (age.isNegative() || age.isZero() || age.compareTo(MAX_AGE) > 0) {
        throw new IllegalArgumentException(
            "the age of bounded reads must be more than 0 and at most 24 h, was " + age);
      }
    }
  }

  /** See {@link #session()}. Immutable. */
  record Session() implements ReadConsistency {}

  /** See {@link #strong()}. Immutable. */
  record Strong() implements ReadConsistency {}
}
