// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of work for one key: {@link ShardedDataSource#getConnection()} leads to its shard.
 *
 * <p>For code that is handed a {@code DataSource} and knows nothing of shards, such as a mapper.
 * Opened with try-with-resources; a scope within a scope stands for its own key, but may not lead
 * to another shard while a connection of an outer scope is open.
 *
 * <p>Confined to the thread that opened it; {@link #wrap} carries it over to another one.
 */
public final class ShardScope implements AutoCloseable {
  private static final ThreadLocal<@Nullable ShardScope> CURRENT = new ThreadLocal<>();

  private final ShardKey key;
  private final @Nullable ShardScope outer;
  private final Thread owner = Thread.currentThread();
  private int open;
  private @Nullable String boundShard;
  private boolean closed;

  private ShardScope(ShardKey key, @Nullable ShardScope outer) {
    this.key = key;
    this.outer = outer;
  }

  /** Opens a scope for a key on this thread. */
  public static ShardScope open(ShardKey key) {
    ShardScope scope = new ShardScope(Objects.requireNonNull(key, "key"), CURRENT.get());
    CURRENT.set(scope);
    return scope;
  }

  /** The innermost open scope of this thread; null if there is none. */
  public static @Nullable ShardScope current() {
    return CURRENT.get();
  }

  /** The key of this scope. */
  public ShardKey key() {
    return key;
  }

  /** A task that runs in a scope of the same key, on whatever thread. */
  public <T extends @Nullable Object> Callable<T> wrap(Callable<T> task) {
    return () -> {
      try (ShardScope inner = open(key)) {
        Objects.requireNonNull(inner);
        return task.call();
      }
    };
  }

  /** Counts a connection that was handed out within this scope. */
  void bind(String shard) {
    for (ShardScope each = this; each != null; each = each.outer) {
      if (each.open > 0 && !shard.equals(each.boundShard)) {
        throw new IllegalStateException(
            "a transaction cannot change shard: a connection to \""
                + each.boundShard
                + "\" is open, and this key is at \""
                + shard
                + '"');
      }
    }
    open++;
    boundShard = shard;
  }

  /** A connection was closed. */
  void release() {
    open--;
  }

  /**
   * Ends the scope; the one around it is current again.
   *
   * @throws IllegalStateException on another thread, or if a scope within is still open
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException("a scope must be closed by the thread that opened it");
    }
    if (CURRENT.get() != this) {
      throw new IllegalStateException("scopes must be closed in turn, the innermost first");
    }
    closed = true;
    if (outer == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(outer);
    }
  }
}
