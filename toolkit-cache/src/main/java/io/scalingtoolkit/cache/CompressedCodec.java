// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of another codec, as they are or compressed; immutable.
 *
 * <pre>
 * 0 | bytes
 * 1 | length of the bytes (4) | raw DEFLATE
 * </pre>
 */
final class CompressedCodec<V> implements ValueCodec<V> {
  private static final byte AS_IS = 0;
  private static final byte DEFLATED = 1;
  private static final int HEADER = 1 + Integer.BYTES;

  /** What DEFLATE can make of a byte at most, rounded up: more is announced only by a forger. */
  private static final long MOST_PER_BYTE = 1_040;

  private final ValueCodec<V> codec;
  private final int threshold;

  CompressedCodec(ValueCodec<V> codec, int threshold) {
    this.codec = Objects.requireNonNull(codec, "codec");
    if (threshold < 0) {
      throw new IllegalArgumentException("threshold must be 0 or more, was " + threshold);
    }
    this.threshold = threshold;
  }

  @Override
  public byte[] encode(V value) {
    byte[] bytes = codec.encode(value);
    byte[] shorter = bytes.length < Math.max(threshold, HEADER) ? null : deflated(bytes);
    return shorter == null ? asIs(bytes) : shorter;
  }

  private static byte[] asIs(byte[] bytes) {
    return ByteBuffer.allocate(1 + bytes.length).put(AS_IS).put(bytes).array();
  }

  /** Returns null if it is not shorter. */
  private static byte @Nullable [] deflated(byte[] bytes) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    try {
      deflater.setInput(bytes);
      deflater.finish();
      byte[] all = new byte[bytes.length];
      int length = HEADER + deflater.deflate(all, HEADER, bytes.length - HEADER);
      if (!deflater.finished()) {
        return null;
      }
      ByteBuffer.wrap(all).put(DEFLATED).putInt(bytes.length);
      return Arrays.copyOf(all, length);
    } finally {
      deflater.end();
    }
  }

  @Override
  public V decode(byte[] bytes) {
    if (bytes.length > 0 && bytes[0] == AS_IS) {
      return codec.decode(Arrays.copyOfRange(bytes, 1, bytes.length));
    }
    if (bytes.length < HEADER || bytes[0] != DEFLATED) {
      throw new IllegalArgumentException("bytes are not of this codec");
    }
    return codec.decode(inflated(bytes));
  }

  private static byte[] inflated(byte[] bytes) {
    int length = ByteBuffer.wrap(bytes).getInt(1);
    if (length < 0 || length > bytes.length * MOST_PER_BYTE) {
      throw new IllegalArgumentException("length of the bytes is made up, was " + length);
    }
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(bytes, HEADER, bytes.length - HEADER);
      byte[] all = new byte[length];
      // A full array does not tell whether there is more.
      boolean whole = inflater.inflate(all) == length && inflater.inflate(new byte[1]) == 0;
      if (!whole || !inflater.finished()) {
        throw new IllegalArgumentException("bytes are not as long as they say");
      }
      return all;
    } catch (DataFormatException e) {
      throw new IllegalArgumentException("bytes are not compressed as they say", e);
    } finally {
      inflater.end();
    }
  }
}
