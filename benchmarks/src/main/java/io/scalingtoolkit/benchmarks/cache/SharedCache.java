// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.cache;

import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/** A cache in Redis of any make; thread-safe. */
interface SharedCache extends AutoCloseable {
  /** Returns the value, loading and storing it if it is not there. */
  byte[] get(Long key, Function<Long, byte[]> loader);

  /** Forgets a value. */
  void invalidate(Long key);

  @Override
  void close();

  /** Puts one together. */
  static SharedCache of(
      BiFunction<Long, Function<Long, byte[]>, byte[]> get,
      Consumer<Long> invalidate,
      Runnable close) {
    return new SharedCache() {
      @Override
      public byte[] get(Long key, Function<Long, byte[]> loader) {
        return get.apply(key, loader);
      }

      @Override
      public void invalidate(Long key) {
        invalidate.accept(key);
      }

      @Override
      public void close() {
        close.run();
      }
    };
  }
}
