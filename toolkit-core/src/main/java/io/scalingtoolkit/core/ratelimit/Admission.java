// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.time.Duration;

/** The answer of a limiter; immutable. */
public sealed interface Admission {

  /** Tells whether it may be done now. */
  boolean isAdmitted();

  /** Go ahead; the permits are spent. */
  enum Admitted implements Admission {
    /** The only one. */
    NOW;

    @Override
    public boolean isAdmitted() {
      return true;
    }
  }

  /**
   * Not now; nothing is spent.
   *
   * @param reason why
   * @param retryAfter the time after which it would be admitted if nobody else asked, above zero;
   *     {@link #NEVER} if waiting does not help
   */
  record Rejected(Reason reason, Duration retryAfter) implements Admission {
    /** Longer than anything is waited for. */
    public static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);

    @Override
    public boolean isAdmitted() {
      return false;
    }
  }

  /** Why something is not admitted. */
  enum Reason {
    /** The limit is used up for now. */
    LIMIT,
    /** More permits are asked for than the limit's burst, so they are never there at once. */
    ABOVE_BURST,
    /** There are more keys that owe permits than may be kept, and what they share is used up. */
    TOO_MANY_KEYS,
    /** What keeps the limit cannot be reached, and the limiter is told to refuse then. */
    UNAVAILABLE
  }
}
