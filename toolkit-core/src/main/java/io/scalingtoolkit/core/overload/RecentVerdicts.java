// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Who was admitted or refused a moment ago, so that the next calls of a user meet the fate of the
 * first.
 *
 * <p>A verdict holds for {@value #LASTS_MILLIS} ms from when it was given, and for {@value #CALLS}
 * calls at most: it is meant for what makes a page, and must not let a client with many calls take
 * the place of all others, nor keep it out.
 *
 * <p>Its size is fixed at {@value #SLOTS} longs. Who falls into the slot of another takes it over,
 * and the other is decided anew. Thread-safe and lock-free: of two calls of one user at the same
 * moment both may be the first.
 */
final class RecentVerdicts {
  // To finish what was begun rather than to begin more is session-based admission control
  // [Cherkasova and Phaal, Session-based admission control, IEEE Transactions on Computers 51(6),
  // 2002]. Theirs knows sessions by a cookie; here calls of one user within a moment are one.

  /** Nothing is remembered. */
  static final int UNKNOWN = 0;

  /** The user was admitted. */
  static final int ADMITTED = 1;

  /** The user was refused. */
  static final int REFUSED = 2;

  /** How long a verdict holds. */
  static final int LASTS_MILLIS = 2_000;

  /** For how many calls after the first it holds. */
  static final int CALLS = 16;

  /** How many users are remembered at most. */
  static final int SLOTS = 1 << 14;

  // A slot, from the lowest bit: the rest of the hash, the verdict, calls since, and when it was
  // given in milliseconds. The place of the slot is the highest bits of the hash, so that together
  // they are all of it.
  private static final int REST_BITS = 23;
  private static final long REST = (1L << REST_BITS) - 1;
  private static final int VERDICT_BITS = 2;
  private static final int CALLS_SHIFT = REST_BITS + VERDICT_BITS;
  private static final int TIME_SHIFT = Integer.SIZE;
  private static final int PLACE_SHIFT = Integer.SIZE - Integer.numberOfTrailingZeros(SLOTS);
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final AtomicLongArray slots = new AtomicLongArray(SLOTS);

  /**
   * Returns the verdict that still holds for a user, and counts the call.
   *
   * @param who hash of the user
   */
  int of(int who, long nowNanos) {
    int place = who >>> PLACE_SHIFT;
    long slot = slots.getOpaque(place);
    if ((slot & REST) != (who & REST)) {
      return UNKNOWN;
    }
    // The time wraps around after 49 days, in which a slot that nobody took over is young again.
    int age = millis(nowNanos) - (int) (slot >>> TIME_SHIFT);
    int calls = (int) slot >>> CALLS_SHIFT;
    if (age < 0 || age >= LASTS_MILLIS || calls >= CALLS) {
      return UNKNOWN;
    }
    slots.setOpaque(place, slot + (1L << CALLS_SHIFT));
    return ((int) slot >>> REST_BITS) & ((1 << VERDICT_BITS) - 1);
  }

  /** Remembers a verdict from now on. */
  void remember(int who, int verdict, long nowNanos) {
    slots.setOpaque(
        who >>> PLACE_SHIFT,
        ((long) millis(nowNanos) << TIME_SHIFT) | ((long) verdict << REST_BITS) | (who & REST));
  }

  private static int millis(long nanos) {
    return (int) (nanos / NANOS_PER_MILLI);
  }
}
