// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.core.ratelimit.Bandwidth;
import io.scalingtoolkit.core.ratelimit.Quota;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;

/** How long until a bandwidth has room, from what it says of itself. */
final class Waits {
  private static final long NANOS = 1_000_000_000L;

  private Waits() {}

  /** Returns the nanoseconds until every bandwidth has a permit, 0 for now; rounded up. */
  static long nanosUntilOne(List<Quota> quotas) {
    long wait = 0;
    for (Quota quota : quotas) {
      wait = Math.max(wait, quota.remaining() > 0 ? 0 : nanosUntil(quota, 1));
    }
    return wait;
  }

  /** Returns the nanoseconds until one more permit is there, 0 if none is missing; rounded up. */
  static long nanosUntilNext(Quota quota) {
    return nanosUntil(quota, quota.remaining() + 1);
  }

  private static long nanosUntil(Quota quota, long permits) {
    Bandwidth bandwidth = quota.bandwidth();
    if (permits > bandwidth.burst()) {
      return 0;
    }
    // What is still missing after so many are there comes back last, and takes this long.
    BigInteger last =
        BigInteger.valueOf(bandwidth.burst() - permits)
            .multiply(BigInteger.valueOf(bandwidth.period().toNanos()))
            .divide(BigInteger.valueOf(bandwidth.permits()));
    return Math.max(0, quota.untilFull().toNanos() - last.longValueExact());
  }

  /** Returns whole seconds, rounded up. */
  static long seconds(long nanos) {
    return nanos / NANOS + (nanos % NANOS > 0 ? 1 : 0);
  }

  /** Returns whole seconds, rounded up, at least 1. */
  static long retryAfterSeconds(Duration wait) {
    return Math.max(1, wait.getSeconds() + (wait.getNano() > 0 ? 1 : 0));
  }
}
