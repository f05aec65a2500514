// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.web.Problem;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Growing pauses after wrong passwords for one account from one network. Thread-safe; never blocks
 * on anything slow.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Fewer than {@value #FREE} failures cost nothing; from that one on each failure forbids
 *       attempts for twice as long as the one before, from one second to five minutes.
 *   <li>An account is never locked: a right password from another network always works, and here it
 *       works once the pause is over. A success, or 15 quiet minutes, clears the count.
 *   <li>At most the given number of (account, network) pairs is kept, the least recently failed go
 *       first. Pushing a pair out takes that many failed log-ins, each one hash; at 50,000 pairs
 *       that is longer than the longest pause.
 * </ul>
 *
 * <p>The count lives in this process and starts anew with it. Attempts that are already being
 * hashed when the pause begins still finish: at most one per hashing place.
 */
final class LoginBackoff {

  /** The failure that begins the first pause. */
  static final int FREE = 5;

  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final Duration FORGOTTEN = Duration.ofMinutes(15);
  private static final int PREFIX_BYTES = 8;

  private final Clock clock;
  private final Map<Origin, Failures> failures;

  /**
   * Whose password is tried from where; immutable.
   *
   * @param account id of the account, or the normalised login when there is none
   * @param network an IPv4 address or an IPv6 /64 prefix
   */
  record Origin(String account, String network) {

    /** Returns the origin for a peer address in literal form. */
    static Origin of(String account, String address) {
      return new Origin(account, network(address));
    }

    /** One subscriber has 2^64 IPv6 addresses, so only the prefix of such an address counts. */
    private static String network(String address) {
      try {
        InetAddress parsed = InetAddress.getByName(address);
        return parsed instanceof Inet6Address
            ? HexFormat.of().formatHex(Arrays.copyOf(parsed.getAddress(), PREFIX_BYTES))
            : parsed.getHostAddress();
      } catch (UnknownHostException notALiteral) {
        return address;
      }
    }
  }

  private record Failures(int count, long lastMillis) {}

  LoginBackoff(Clock clock, int capacity) {
    this.clock = clock;
    this.failures = new Recent(capacity);
  }

  /**
   * Passes unless a pause is on.
   *
   * @throws Problem 429 with the rest of the pause
   */
  void check(Origin origin) {
    Duration wait = pause(origin);
    if (!wait.isZero()) {
      throw Problem.tooManyRequests(wait);
    }
  }

  /** Counts a wrong password. */
  void failed(Origin origin) {
    long now = clock.millis();
    synchronized (failures) {
      Failures before = failures.remove(origin);
      int count = before == null || isForgotten(before, now) ? 0 : before.count();
      failures.put(origin, new Failures(Math.min(count, Integer.MAX_VALUE - 1) + 1, now));
    }
  }

  /**
   * Clears the count after a right password.
   *
   * @return the failures there were
   */
  int succeeded(Origin origin) {
    synchronized (failures) {
      Failures before = failures.remove(origin);
      return before == null ? 0 : before.count();
    }
  }

  /** Returns the rest of the pause, zero when there is none. */
  Duration pause(Origin origin) {
    long now = clock.millis();
    Failures seen;
    synchronized (failures) {
      seen = failures.get(origin);
    }
    if (seen == null || seen.count() < FREE || isForgotten(seen, now)) {
      return Duration.ZERO;
    }
    long elapsed = now - seen.lastMillis();
    long left = pauseAfter(seen.count()).toMillis() - elapsed;
    boolean over = left <= 0 || elapsed < 0; // a clock set back must not lengthen the pause
    return over ? Duration.ZERO : Duration.ofMillis(left);
  }

  private static Duration pauseAfter(int count) {
    int doublings = Math.min(count - FREE, 20);
    Duration pause = Duration.ofSeconds(1L << doublings);
    return pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
  }

  private static boolean isForgotten(Failures seen, long now) {
    return now - seen.lastMillis() > FORGOTTEN.toMillis();
  }

  /** A map that drops its least recently failed entry when it is full. */
  private static final class Recent extends LinkedHashMap<Origin, Failures> {

    private static final long serialVersionUID = 1L;

    private final int capacity;

    Recent(int capacity) {
      this.capacity = capacity;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Origin, Failures> eldest) {
      return size() > capacity;
    }
  }
}
