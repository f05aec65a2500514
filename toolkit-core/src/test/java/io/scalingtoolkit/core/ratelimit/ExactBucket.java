// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.math.BigInteger;

/** One bandwidth in numbers of any size: what a limiter may admit, and no more. Confined. */
public final class ExactBucket {
  private final BigInteger permits;
  private final BigInteger period;
  private final BigInteger capacity;
  // Time at which all that was taken has come back, in nanoseconds times permits.
  private BigInteger arrival;

  public ExactBucket(Bandwidth bandwidth, long nowNanos) {
    permits = BigInteger.valueOf(bandwidth.permits());
    period = BigInteger.valueOf(bandwidth.period().toNanos());
    capacity = period.multiply(BigInteger.valueOf(bandwidth.burst()));
    arrival = at(nowNanos);
  }

  private BigInteger at(long nowNanos) {
    return BigInteger.valueOf(nowNanos).multiply(permits);
  }

  private BigInteger next(long nowNanos, long taken) {
    return arrival.max(at(nowNanos)).add(period.multiply(BigInteger.valueOf(taken)));
  }

  public boolean hasRoom(long nowNanos, long taken) {
    return next(nowNanos, taken).subtract(at(nowNanos)).compareTo(capacity) <= 0;
  }

  public void take(long nowNanos, long taken) {
    arrival = next(nowNanos, taken);
  }

  /** Returns how long until there is room, in nanoseconds, rounded up. */
  public double waitNanos(long nowNanos, long taken) {
    return next(nowNanos, taken).subtract(at(nowNanos)).subtract(capacity).doubleValue()
        / permits.doubleValue();
  }
}
