// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal;

import java.io.ByteArrayOutputStream;

/**
 * Appends the numbers and bytes of an encoded position; the counterpart is {@link PayloadReader}.
 * Confined.
 */
public final class PayloadWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(32);

  /** Appends eight bytes, the highest first. */
  public void writeLong(long value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.write((int) (value >>> shift));
    }
  }

  /** Appends an unsigned number, 7 bits a byte, the lowest first: 1 to 10 bytes. */
  public void writeNumber(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  /** Appends the bytes as they are. */
  public void writeBytes(byte[] bytes) {
    out.writeBytes(bytes);
  }

  /** Returns all that was appended, as a new array. */
  public byte[] toBytes() {
    return out.toByteArray();
  }
}
