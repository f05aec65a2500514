// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

/**
 * A block of addresses; immutable.
 *
 * @param first its first address
 * @param bits how many bits all of its addresses have in common, at least 1
 */
record Cidr(IpAddress first, int bits) {
  private static final int MAPPED_BITS = 96;

  /**
   * Reads {@code 10.0.0.0/8}, {@code fd00::/8}, or one address.
   *
   * @throws IllegalArgumentException with the rule that is broken
   */
  static Cidr parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    IpAddress first = IpAddress.parse(address);
    if (first == null) {
      throw new IllegalArgumentException(
          "must be IP addresses or blocks of them, such as 10.0.0.0/8 or fd00::/8");
    }
    int most = first.v6() ? 128 : 32;
    int bits = slash < 0 ? most : bits(text.substring(slash + 1));
    // A block of mapped addresses is one of IPv4.
    boolean mapped = !first.v6() && address.indexOf(':') >= 0;
    if (mapped && slash >= 0) {
      bits -= MAPPED_BITS;
    }
    if (bits > most || bits < 0) {
      throw new IllegalArgumentException("must have a prefix of at most " + most + " bits");
    }
    if (bits == 0) {
      throw new IllegalArgumentException(
          "must not be all addresses, because every client could then choose its own");
    }
    if (hasBitsPast(first, bits)) {
      throw new IllegalArgumentException("must have no bits set behind the prefix");
    }
    return new Cidr(first, bits);
  }

  private static int bits(String text) {
    return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : Integer.MAX_VALUE;
  }

  private static boolean hasBitsPast(IpAddress address, int bits) {
    if (!address.v6()) {
      return bits < 32 && (address.low() & (1L << (32 - bits)) - 1) != 0;
    }
    if (bits <= 64) {
      long past = bits == 64 ? 0 : address.high() & (1L << (64 - bits)) - 1;
      return past != 0 || address.low() != 0;
    }
    return bits < 128 && (address.low() & (1L << (128 - bits)) - 1) != 0;
  }

  boolean contains(IpAddress address) {
    return address.startsWith(first, bits);
  }

  @Override
  public String toString() {
    return first + "/" + bits;
  }
}
