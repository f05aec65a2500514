// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.util.function.Function;

/**
 * Turns keys into strings for a tier outside of the process, and back; different keys into
 * different strings. Thread-safe.
 */
public interface KeyCodec<K> {
  /** Turns a key into a string. */
  String encode(K key);

  /**
   * Turns a string into a key.
   *
   * @throws RuntimeException if it is none
   */
  K decode(String text);

  /** Returns a codec of two functions. */
  static <K> KeyCodec<K> of(Function<? super K, String> encode, Function<String, K> decode) {
    return new KeyCodec<>() {
      @Override
      public String encode(K key) {
        return encode.apply(key);
      }

      @Override
      public K decode(String text) {
        return decode.apply(text);
      }
    };
  }

  /** Returns the codec of keys that are strings. */
  static KeyCodec<String> strings() {
    return of(Function.identity(), Function.identity());
  }

  /** Returns the codec of keys that are numbers, in decimal. */
  static KeyCodec<Long> longs() {
    return of(key -> Long.toString(key), Long::valueOf);
  }
}
