// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What is known of keys, of so many at most; thread-safe. */
final class KeyTable {
  // A key that nothing is known of is as good as one that was never seen. New keys pay: each looks
  // at a few states, where the one before stopped, and takes out those that are idle.
  private static final int SWEPT_PER_KEY = 4;
  private static final int SWEPT_WHEN_FULL = 64;

  private final long maxKeys;
  private final ConcurrentMap<String, KeyState> states = new ConcurrentHashMap<>();
  private final AtomicLong keys = new AtomicLong();
  private final ReentrantLock sweep = new ReentrantLock();
  // Guarded by sweep.
  private @Nullable Iterator<KeyState> hand;

  KeyTable(long maxKeys) {
    this.maxKeys = maxKeys;
  }

  @Nullable KeyState get(String key) {
    return states.get(key);
  }

  /**
   * Adds a state for a key that has none.
   *
   * @return the one that is there now, or null if there is no room
   */
  @Nullable KeyState add(String key, KeyState created, Predicate<KeyState> idle) {
    sweep(SWEPT_PER_KEY, idle);
    if (keys.incrementAndGet() > maxKeys) {
      sweep(SWEPT_WHEN_FULL, idle);
      if (keys.get() > maxKeys) {
        keys.decrementAndGet();
        return null;
      }
    }
    KeyState present = states.putIfAbsent(key, created);
    if (present != null) {
      keys.decrementAndGet();
      return present;
    }
    return created;
  }

  private void sweep(int count, Predicate<KeyState> idle) {
    if (!sweep.tryLock()) {
      return;
    }
    try {
      Iterator<KeyState> entries = hand;
      for (int i = 0; i < count; i++) {
        if (entries == null || !entries.hasNext()) {
          entries = states.values().iterator();
          hand = entries;
          if (!entries.hasNext()) {
            return;
          }
        }
        // Whoever holds it meanwhile loses at most what it learns now.
        if (idle.test(entries.next())) {
          entries.remove();
          keys.decrementAndGet();
        }
      }
    } finally {
      sweep.unlock();
    }
  }

  void forEach(Consumer<KeyState> action) {
    states.values().forEach(action);
  }

  long size() {
    return keys.get();
  }
}
