// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.nio.charset.StandardCharsets;

/**
 * Turns values into bytes for a tier outside of the process, and back. Thread-safe.
 *
 * @param <V> values, never null
 */
public interface ValueCodec<V> {
  /**
   * Turns a value into bytes.
   *
   * @throws RuntimeException if it cannot; what was loaded is then kept in memory only, for as long
   *     as without the tier, and a put fails
   */
  byte[] encode(V value);

  /**
   * Turns bytes into a value.
   *
   * @throws RuntimeException if they are not those of a value; they are then loaded anew
   */
  V decode(byte[] bytes);

  /**
   * Returns a codec that compresses what another makes, with DEFLATE at its fastest, where that
   * makes it shorter. It reads only what it has written itself.
   *
   * @param threshold how many bytes are worth the time, 0 or more
   */
  static <V> ValueCodec<V> compressed(ValueCodec<V> codec, int threshold) {
    return new CompressedCodec<>(codec, threshold);
  }

  /** Returns the codec of byte arrays, which are not copied. */
  static ValueCodec<byte[]> bytes() {
    return new ValueCodec<>() {
      @Override
      public byte[] encode(byte[] value) {
        return value;
      }

      @Override
      public byte[] decode(byte[] bytes) {
        return bytes;
      }
    };
  }

  /** Returns the codec of strings, in UTF-8. */
  static ValueCodec<String> utf8() {
    return new ValueCodec<>() {
      @Override
      public byte[] encode(String value) {
        return value.getBytes(StandardCharsets.UTF_8);
      }

      @Override
      public String decode(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
      }
    };
  }
}
