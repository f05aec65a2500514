// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The counterpart of {@link WireReader}: appends numbers, texts and bytes; confined. */
final class WireWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(96);

  void writeByte(int value) {
    out.write(value);
  }

  /** Appends a number from 0 to 16383 in one byte below 128 and in two from there. */
  void writeLength(int value) {
    if (value < 0x80) {
      out.write(value);
    } else {
      out.write((value & 0x7f) | 0x80);
      out.write(value >> 7);
    }
  }

  static int sizeOfLength(int value) {
    return value < 0x80 ? 1 : 2;
  }

  void writeBytes(byte[] bytes) {
    out.writeBytes(bytes);
  }

  /** Appends an ASCII text of at most 255 characters after its length in one byte. */
  void writeText(String text) {
    out.write(text.length());
    out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}
