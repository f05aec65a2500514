// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import java.nio.charset.StandardCharsets;

/**
 * From a key to its slot, as a Redis Cluster counts.
 *
 * <p>References: Redis cluster specification, "Key distribution model" and "Hash tags"; the
 * checksum is CRC-16/XMODEM, polynomial 0x1021, starting from 0.
 */
final class Slots {
  static final int COUNT = 16_384;

  private static final int POLYNOMIAL = 0x1021;

  private Slots() {}

  /** The slot of a key, 0 to 16383; with a hash tag in braces only the tag counts. */
  static int of(String key) {
    int open = key.indexOf('{');
    int close = open < 0 ? -1 : key.indexOf('}', open + 1);
    String hashed = close > open + 1 ? key.substring(open + 1, close) : key;
    return crc16(hashed.getBytes(StandardCharsets.UTF_8)) % COUNT;
  }

  private static int crc16(byte[] bytes) {
    int crc = 0;
    for (byte b : bytes) {
      crc ^= (b & 0xff) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
      }
      crc &= 0xffff;
    }
    return crc;
  }
}
