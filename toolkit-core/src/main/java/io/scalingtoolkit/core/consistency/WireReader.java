// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A cursor over untrusted bytes that fails once and stays failed, instead of throwing.
 *
 * <p>After a failure every read gives zero or nothing, so the caller checks {@link #failed()} where
 * it is about to use what it read. A read never takes more memory than the bytes it consumes.
 * Confined.
 */
final class WireReader {
  private final byte[] bytes;
  private final int end;
  private int at;
  private boolean failed;

  WireReader(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  boolean failed() {
    return failed;
  }

  boolean atEnd() {
    return at == end;
  }

  /** Returns the next byte as 0 to 255. */
  int readByte() {
    if (at >= end) {
      failed = true;
      return 0;
    }
    return bytes[at++] & 0xff;
  }

  /** Returns a number from 0 to 16383 of one or two bytes; fails if it is longer than needed. */
  int readLength() {
    int first = readByte();
    if (first < 0x80) {
      return first;
    }
    int second = readByte();
    if (second == 0 || second >= 0x80) {
      failed = true;
      return 0;
    }
    return (first & 0x7f) | (second << 7);
  }

  byte[] readBytes(int count) {
    if (failed || count > end - at) {
      failed = true;
      return new byte[0];
    }
    at += count;
    return Arrays.copyOfRange(bytes, at - count, at);
  }

  /** Returns a text of ASCII characters whose length in one byte comes first. */
  String readText() {
    return new String(readBytes(readByte()), StandardCharsets.ISO_8859_1);
  }
}
