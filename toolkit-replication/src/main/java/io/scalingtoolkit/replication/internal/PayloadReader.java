// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal;

import java.util.Arrays;

/**
 * A cursor over the bytes of an encoded position, which may come from an attacker.
 *
 * <p>It never throws: it fails once, stays failed, and gives zero or nothing from then on, so the
 * caller checks {@link #failed()} where it is about to use what it read. A read takes no more
 * memory than the bytes it consumes. Confined.
 */
public final class PayloadReader {
  private static final int MAX_NUMBER_BYTES = 10;

  private final byte[] bytes;
  private int at;
  private boolean failed;

  /** Starts at the first of {@code bytes}, which are not copied and must not change. */
  public PayloadReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Tells whether a read asked for more than there was, or found a form that is not the shortest.
   */
  public boolean failed() {
    return failed;
  }

  /** Makes this reader fail, for a caller that found something wrong in what it read. */
  public void fail() {
    failed = true;
  }

  /** Tells whether there is anything left to read. */
  public boolean hasMore() {
    return !failed && at < bytes.length;
  }

  /** Returns the next eight bytes as one number, the highest first. */
  public long readLong() {
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = (value << 8) | readByte();
    }
    return failed ? 0 : value;
  }

  /**
   * Returns the next unsigned number; fails if it has more than 64 bits or bytes it could spare.
   */
  public long readNumber() {
    long value = 0;
    for (int i = 0; i < MAX_NUMBER_BYTES; i++) {
      int next = readByte();
      value |= ((long) (next & 0x7f)) << (7 * i);
      if (next < 0x80) {
        boolean spare = next == 0 && i > 0;
        boolean tooLarge = i == MAX_NUMBER_BYTES - 1 && next > 1;
        failed |= spare || tooLarge;
        return failed ? 0 : value;
      }
    }
    failed = true;
    return 0;
  }

  /** Returns the next bytes as a new array, empty after a failure. */
  public byte[] readBytes(long count) {
    if (failed || count < 0 || count > bytes.length - at) {
      failed = true;
      return new byte[0];
    }
    at += (int) count;
    return Arrays.copyOfRange(bytes, at - (int) count, at);
  }

  private int readByte() {
    if (failed || at == bytes.length) {
      failed = true;
      return 0;
    }
    return bytes[at++] & 0xff;
  }
}
