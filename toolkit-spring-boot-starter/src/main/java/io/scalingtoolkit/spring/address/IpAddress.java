// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

import org.jspecify.annotations.Nullable;

/**
 * An IPv4 or IPv6 address, read from its text without ever asking a name service; immutable.
 *
 * <p>An IPv4 address that is mapped into IPv6 ({@code ::ffff:192.0.2.1}) is the IPv4 address.
 *
 * @param v6 whether it is IPv6; of IPv4 only the low 32 bits of {@code low} are used
 * @param high the first 64 bits of an IPv6 address
 * @param low the other bits
 */
record IpAddress(boolean v6, long high, long low) {
  private static final int GROUPS = 8;
  private static final int HALF = 4;
  private static final long MAPPED = 0xffff;

  /**
   * Reads an address.
   *
   * @return null for everything else: names, ports, leading zeros in IPv4, zones
   */
  static @Nullable IpAddress parse(String text) {
    return text.indexOf(':') >= 0 ? parseV6(text) : parseV4(text);
  }

  /** As {@link #parse}, for what a container says of its peer, which may have a zone. */
  static @Nullable IpAddress parsePeer(String text) {
    int zone = text.indexOf('%');
    return parse(zone < 0 ? text : text.substring(0, zone));
  }

  /** Reads an address that may have a port, and brackets if it is IPv6. */
  static @Nullable IpAddress parseNode(String text) {
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      if (end < 0 || !isPortOrNothing(text.substring(end + 1))) {
        return null;
      }
      IpAddress address = parseV6(text.substring(1, end));
      return text.substring(1, end).indexOf(':') < 0 ? null : address;
    }
    int colon = text.indexOf(':');
    if (colon >= 0 && text.indexOf(':', colon + 1) < 0) {
      return isPortOrNothing(text.substring(colon)) ? parseV4(text.substring(0, colon)) : null;
    }
    return parse(text);
  }

  /** A colon and a number, or what RFC 7239 calls an obfuscated port. */
  private static boolean isPortOrNothing(String text) {
    return text.isEmpty() || text.matches(":([0-9]{1,5}|_[A-Za-z0-9._-]{1,64})");
  }

  private static @Nullable IpAddress parseV4(String text) {
    long bits = parseV4Bits(text);
    return bits < 0 ? null : new IpAddress(false, 0, bits);
  }

  /** Returns the 32 bits, or -1. */
  private static long parseV4Bits(String text) {
    long bits = 0;
    int parts = 0;
    int start = 0;
    while (start <= text.length()) {
      int dot = text.indexOf('.', start);
      int end = dot < 0 ? text.length() : dot;
      int digits = end - start;
      if (digits < 1 || digits > 3 || ++parts > HALF) {
        return -1;
      }
      int value = 0;
      for (int i = start; i < end; i++) {
        char c = text.charAt(i);
        if (c < '0' || c > '9') {
          return -1;
        }
        value = value * 10 + (c - '0');
      }
      // Some readers take a leading zero for octal; what is read in two ways is no address.
      if (value > 255 || (digits > 1 && text.charAt(start) == '0')) {
        return -1;
      }
      bits = bits << 8 | value;
      start = end + 1;
    }
    return parts == HALF ? bits : -1;
  }

  private static @Nullable IpAddress parseV6(String text) {
    int gap = text.indexOf("::");
    if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
      return null;
    }
    int[] groups = new int[GROUPS];
    if (gap < 0) {
      return readGroups(text, groups, true) == GROUPS ? of(groups) : null;
    }
    int before = readGroups(text.substring(0, gap), groups, false);
    int[] tail = new int[GROUPS];
    int after = readGroups(text.substring(gap + 2), tail, true);
    if (before < 0 || after < 0 || before + after > GROUPS - 1) {
      return null;
    }
    System.arraycopy(tail, 0, groups, GROUPS - after, after);
    return of(groups);
  }

  /** Reads groups between colons into an array; returns how many, or -1. */
  private static int readGroups(String text, int[] groups, boolean last) {
    if (text.isEmpty()) {
      return 0;
    }
    String[] parts = text.split(":", -1);
    int count = 0;
    for (int i = 0; i < parts.length; i++) {
      String part = parts[i];
      if (last && i == parts.length - 1 && part.indexOf('.') >= 0) {
        long bits = parseV4Bits(part);
        if (bits < 0 || count + 2 > GROUPS) {
          return -1;
        }
        groups[count++] = (int) (bits >>> 16);
        groups[count++] = (int) (bits & 0xffff);
      } else if (count == GROUPS || !part.matches("[0-9a-fA-F]{1,4}")) {
        return -1;
      } else {
        groups[count++] = Integer.parseInt(part, 16);
      }
    }
    return count;
  }

  private static IpAddress of(int[] groups) {
    long high = 0;
    long low = 0;
    for (int i = 0; i < HALF; i++) {
      high = high << 16 | groups[i];
      low = low << 16 | groups[HALF + i];
    }
    return high == 0 && low >>> 32 == MAPPED
        ? new IpAddress(false, 0, low & 0xffffffffL)
        : new IpAddress(true, high, low);
  }

  /** Tells whether the first bits are those of another address of the same kind. */
  boolean startsWith(IpAddress prefix, int bits) {
    if (v6 != prefix.v6) {
      return false;
    }
    if (!v6) {
      return bits == 0 || (low ^ prefix.low) >>> (32 - bits) == 0;
    }
    if (bits <= 64) {
      return bits == 0 || (high ^ prefix.high) >>> (64 - bits) == 0;
    }
    return high == prefix.high && (bits == 128 ? low == prefix.low : lowStartsWith(prefix, bits));
  }

  private boolean lowStartsWith(IpAddress prefix, int bits) {
    return (low ^ prefix.low) >>> (128 - bits) == 0;
  }

  /** Returns what one subscriber has: an IPv4 address, or the first 64 bits of an IPv6 address. */
  String network() {
    return v6 ? new IpAddress(true, high, 0) + "/64" : toString();
  }

  @Override
  public String toString() {
    if (!v6) {
      return (low >>> 24) + "." + (low >>> 16 & 255) + "." + (low >>> 8 & 255) + "." + (low & 255);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      long half = i < HALF ? high : low;
      text.append(i == 0 ? "" : ":")
          .append(Long.toHexString(half >>> (48 - i % HALF * 16) & MAPPED));
    }
    return text.toString();
  }
}
