// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Counts attempts at something that may be in the way of others, with a pause between them that
 * grows and is never the same.
 *
 * <p>Confined to one thread.
 */
final class Attempts {
  private static final long FIRST_MILLIS = 10;
  private static final long LONGEST_MILLIS = 500;

  private final int most;
  private int made;
  private boolean exhausted;

  Attempts(int most) {
    this.most = most;
  }

  /** Pauses before another attempt; false if there have been enough. */
  boolean another() throws SQLException {
    if (++made >= most) {
      exhausted = true;
      return false;
    }
    long ceiling = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(made, 10));
    try {
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting for another attempt", e);
    }
    return true;
  }

  /**
   * As {@link #another}.
   *
   * @throws SQLTimeoutException if there have been enough
   */
  void pause(String what) throws SQLException {
    if (!another()) {
      throw new SQLTimeoutException(what + " did not end in " + most + " attempts");
    }
  }

  /** Whether {@link #another} has refused. */
  boolean exhausted() {
    return exhausted;
  }
}
