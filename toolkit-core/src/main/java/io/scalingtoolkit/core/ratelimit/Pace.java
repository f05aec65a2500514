// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.math.BigInteger;

/**
 * A bandwidth in whole numbers: time counted in units, a nanosecond being {@code unitsPerNano} of
 * them, so that the time one permit takes to come back is whole as well; immutable.
 *
 * <p>Where that has no exact solution of a reasonable size, the time of a permit is rounded up, by
 * one part in ten million at most: a limiter may give a little less than its limit, never more.
 *
 * @param unitsPerNano at least 1
 * @param unitsPerPermit time in which one permit comes back
 * @param capacity time in which the whole burst comes back, at most 2^60
 */
record Pace(long unitsPerNano, long unitsPerPermit, long capacity, long burst) {
  private static final long MAX_CAPACITY = 1L << 60;
  private static final long EXACT_UNITS = 1_000_000;
  private static final double ROUNDING = 1e-7;

  static Pace of(Bandwidth bandwidth) {
    long nanos = bandwidth.period().toNanos();
    long divisor =
        BigInteger.valueOf(nanos).gcd(BigInteger.valueOf(bandwidth.permits())).longValue();
    long permits = bandwidth.permits() / divisor;
    long period = nanos / divisor;
    if (permits <= EXACT_UNITS && fits(period, bandwidth.burst())) {
      return new Pace(permits, period, period * bandwidth.burst(), bandwidth.burst());
    }
    double nanosPerPermit = (double) period / permits;
    long units = Math.max(1, (long) Math.ceil(1 / (ROUNDING * nanosPerPermit)));
    long rounded = ceilDivide(multiply(period, units), permits);
    if (!fits(rounded, bandwidth.burst())) {
      throw new IllegalArgumentException(bandwidth + " cannot be counted exactly enough");
    }
    return new Pace(units, rounded, rounded * bandwidth.burst(), bandwidth.burst());
  }

  private static boolean fits(long unitsPerPermit, long burst) {
    return unitsPerPermit <= MAX_CAPACITY / burst;
  }

  private static BigInteger multiply(long a, long b) {
    return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
  }

  private static long ceilDivide(BigInteger dividend, long divisor) {
    BigInteger[] parts = dividend.divideAndRemainder(BigInteger.valueOf(divisor));
    return (parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE)).longValueExact();
  }

  /** Returns a time in whole nanoseconds, rounded up. */
  long nanos(long units) {
    return (units - 1) / unitsPerNano + 1;
  }

  /** Returns how many permits a debt of {@code units} leaves of the burst; 0 or more. */
  long remaining(long units) {
    return Math.max(0, (capacity - units) / unitsPerPermit);
  }

  /** Returns what a debt is under another pace, permit by permit, rounded up. */
  long debtUnder(Pace other, long units) {
    if (units == 0) {
      return 0;
    }
    BigInteger debt = multiply(units, other.unitsPerPermit);
    return debt.bitLength() - BigInteger.valueOf(unitsPerPermit).bitLength() > Long.SIZE - 4
        ? Limits.MAX_UNITS
        : Math.min(Limits.MAX_UNITS, ceilDivide(debt, unitsPerPermit));
  }
}
