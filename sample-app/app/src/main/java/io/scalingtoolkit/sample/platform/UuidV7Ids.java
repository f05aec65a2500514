// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform;

import io.scalingtoolkit.sample.platform.sql.Slots;
import java.time.Clock;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, a 12-bit counter within the
 * millisecond (method 1 of section 6.2), 62 random bits. Thread-safe.
 *
 * <p>Invariant: (millis, counter) grows with every call. When the clock stands still or goes back
 * the last millisecond is kept and the counter goes on; a full counter borrows the next
 * millisecond.
 */
final class UuidV7Ids implements Ids {

  private static final int COUNTER_LIMIT = 1 << 12;

  private final Clock clock;
  private final RandomGenerator random;
  private long lastMillis;
  private int counter;

  UuidV7Ids(Clock clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  @Override
  public String next() {
    return id(nextHigh());
  }

  /** Of the same millisecond and counter, so that other identifiers do not run ahead of time. */
  @Override
  public Ids in(int slot) {
    return () -> {
      long high = nextHigh();
      String id = id(high);
      while (Slots.of(id) != slot) {
        id = id(high);
      }
      return id;
    };
  }

  private String id(long high) {
    long low = (random.nextLong() >>> 2) | 0x8000_0000_0000_0000L;
    return new UUID(high, low).toString();
  }

  private synchronized long nextHigh() {
    long now = clock.millis();
    if (now > lastMillis) {
      lastMillis = now;
      counter = 0;
    } else {
      counter++;
      if (counter == COUNTER_LIMIT) {
        lastMillis++;
        counter = 0;
      }
    }
    return (lastMillis << 16) | 0x7000L | counter;
  }
}
