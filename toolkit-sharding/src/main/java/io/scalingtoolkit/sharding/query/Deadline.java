// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.sql.SQLTimeoutException;
import java.time.Duration;

/**
 * The moment by which a query must be through.
 *
 * <p>Immutable.
 */
record Deadline(MonotonicClock clock, long endNanos, Duration total) {
  static Deadline in(Duration total, MonotonicClock clock) {
    return new Deadline(clock, clock.nanoTime() + total.toNanos(), total);
  }

  /** An earlier one, so that there is time for what comes after it. */
  Deadline earlier() {
    return new Deadline(clock, endNanos - total.toNanos() / 10, total);
  }

  /** Negative when it is over. */
  long remainingNanos() {
    return endNanos - clock.nanoTime();
  }

  boolean isOver() {
    return remainingNanos() <= 0;
  }

  SQLTimeoutException exceeded(String what) {
    return new SQLTimeoutException(what + " within " + total, "TK010");
  }
}
