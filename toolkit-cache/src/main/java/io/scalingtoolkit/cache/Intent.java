// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** An announcement of one cache; thread-safe. */
final class Intent<K> implements InvalidationIntent {
  private final Set<K> keys;
  private final long id;
  private final boolean shared;
  private final Ender<K> ender;
  private final AtomicBoolean ended = new AtomicBoolean();

  /** Ends what an intent has begun. */
  interface Ender<K> {
    void end(K key, long intent, boolean changed);
  }

  Intent(Set<K> keys, long id, boolean shared, Ender<K> ender) {
    this.keys = keys;
    this.id = id;
    this.shared = shared;
    this.ender = ender;
  }

  @Override
  public boolean isShared() {
    return shared;
  }

  @Override
  public void confirm() {
    end(true);
  }

  @Override
  public void cancel() {
    end(false);
  }

  private void end(boolean changed) {
    if (ended.compareAndSet(false, true)) {
      keys.forEach(key -> ender.end(key, id, changed));
    }
  }

  @Override
  public String toString() {
    return "InvalidationIntent[" + keys.size() + " keys, shared " + shared + "]";
  }
}
