// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Line;
import java.util.function.LongSupplier;

/**
 * When Redis was last found to answer again; thread-safe. What was loaded without it before that is
 * not used any longer, since nobody tells of changes to it.
 */
final class Recovery {
  private final LongSupplier clock;
  private volatile long nanos;

  // Whether Redis had not been told of something at the last look; guarded by this.
  private boolean behind;

  Recovery(LongSupplier clock) {
    this.clock = clock;
    this.nanos = clock.getAsLong() - 1;
  }

  /** Redis answers again. */
  void now() {
    nanos = clock.getAsLong();
  }

  /** Looks whether Redis has been told of everything, without which some keys are not asked for. */
  synchronized void look(boolean isBehind) {
    if (behind && !isBehind) {
      now();
    }
    behind = isBehind;
  }

  /** Returns what is good until the next recovery after a time. */
  Line lineSince(long sinceNanos) {
    return at -> nanos - sinceNanos < 0;
  }
}
