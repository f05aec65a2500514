// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import java.time.Duration;
import java.util.Locale;

/** The answer of an {@link AdaptiveLimiter}; thread-safe. */
public sealed interface Verdict permits Permit, Verdict.Rejected {

  /** Tells whether it is a {@link Permit}. */
  boolean isAdmitted();

  /**
   * Not now: refuse it at once, before work is done for it. Immutable.
   *
   * @param reason why
   * @param retryAfter how long the caller should stay away, above zero; it differs from one
   *     rejection to the next, so that callers do not come back all at once
   */
  record Rejected(Reason reason, Duration retryAfter) implements Verdict {
    @Override
    public boolean isAdmitted() {
      return false;
    }
  }

  /** Why something was rejected. */
  enum Reason {
    /** As much is in flight as a request of this priority finds room in. */
    LIMIT(0),
    /** The same while there is more load than capacity, and this user's turn is to be refused. */
    SHED(1),
    /** Its {@link Deadline} has passed: nobody waits for the answer. */
    EXPIRED(2);

    private final int index;

    Reason(int index) {
      this.index = index;
    }

    /** Returns its place in the order of declaration. */
    int index() {
      return index;
    }

    /** Returns the name in lower case, as it stands in metrics. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
