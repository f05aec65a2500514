// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import io.scalingtoolkit.sharding.move.SlotGuard;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.ShardingKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A connection of the pool of a shard that stays at its shard. */
final class ShardConnection implements ForwardingConnection {
  private final Connection delegate;
  private final ShardedDataSource source;
  private final ShardHandle handle;

  /** The slots of work that joined the transaction, by their number. */
  private final Map<Integer, ShardHandle> joined = new LinkedHashMap<>();

  private final long routedNanos;
  private final @Nullable ShardScope scope;
  private final AtomicBoolean closed = new AtomicBoolean();

  ShardConnection(
      Connection delegate,
      ShardedDataSource source,
      ShardHandle handle,
      long routedNanos,
      @Nullable ShardScope scope) {
    this.delegate = delegate;
    this.source = source;
    this.handle = handle;
    this.routedNanos = routedNanos;
    this.scope = scope;
  }

  @Override
  public Connection delegate() {
    return delegate;
  }

  boolean isOf(ShardedDataSource other) {
    return source == other;
  }

  /** Work for another key takes part in what this connection is at. */
  void join(ShardHandle other) {
    joined.put(other.slot(), other);
  }

  boolean isAt(String shard) {
    return handle.shard().equals(shard);
  }

  /** Not without asking, after a time in which the slot may have left and its rows been deleted. */
  @Override
  public void commit() throws SQLException {
    requireHere();
    delegate.commit();
  }

  private void requireHere() throws SQLException {
    source.requireHere(delegate, handle, routedNanos);
    for (ShardHandle other : joined.values()) {
      source.requireHere(delegate, other, routedNanos);
    }
  }

  /**
   * Ends the transaction of work that failed, and looks whether its slots are still here.
   *
   * @throws SQLException a refusal, if one may have left in the meantime and has
   */
  void requireHereAfter(Exception failure) throws SQLException {
    try {
      delegate.rollback();
      requireHere();
    } catch (SQLException gone) {
      if (SlotGuard.isRefusal(gone)) {
        gone.addSuppressed(failure);
        throw gone;
      }
      // The failure that led here is what the caller needs to see.
      failure.addSuppressed(gone);
    }
  }

  /** Switching on commits the transaction, so it asks as {@link #commit} does. */
  @Override
  public void setAutoCommit(boolean autoCommit) throws SQLException {
    if (autoCommit) {
      requireHere();
    }
    delegate.setAutoCommit(autoCommit);
  }

  /** A transaction that is rolled back may have met a slot that moved: look soon. */
  @Override
  public void rollback() throws SQLException {
    source.refreshSoon();
    delegate.rollback();
  }

  @Override
  public void close() throws SQLException {
    if (closed.compareAndSet(false, true) && scope != null) {
      scope.release();
    }
    delegate.close();
  }

  @Override
  public void abort(@Nullable Executor executor) throws SQLException {
    if (closed.compareAndSet(false, true) && scope != null) {
      scope.release();
    }
    delegate.abort(executor);
  }

  @Override
  public boolean setShardingKeyIfValid(ShardingKey key, int timeout) throws SQLException {
    return source.route(ShardedDataSource.key(key)).shard().equals(handle.shard());
  }

  @Override
  public boolean setShardingKeyIfValid(ShardingKey key, @Nullable ShardingKey superKey, int timeout)
      throws SQLException {
    requireNoSuperKey(superKey);
    return setShardingKeyIfValid(key, timeout);
  }

  @Override
  public void setShardingKey(ShardingKey key) throws SQLException {
    if (!setShardingKeyIfValid(key, 0)) {
      throw new SQLException(
          "a connection cannot change shard: this one is at \"" + handle.shard() + '"', "TK002");
    }
  }

  @Override
  public void setShardingKey(ShardingKey key, @Nullable ShardingKey superKey) throws SQLException {
    requireNoSuperKey(superKey);
    setShardingKey(key);
  }

  static void requireNoSuperKey(@Nullable ShardingKey superKey) throws SQLException {
    if (superKey != null) {
      throw new SQLFeatureNotSupportedException(
          "there are no super sharding keys; use ShardKey.composite");
    }
  }

  @Override
  public String toString() {
    return "ShardConnection[" + handle.shard() + ", " + delegate + ']';
  }
}
