// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.move.Mover;
import io.scalingtoolkit.sharding.move.SlotGuard;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ConnectionBuilder;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientException;
import java.sql.ShardingKey;
import java.sql.ShardingKeyBuilder;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One data source over many databases, of which each has the rows of some slots.
 *
 * <p>A connection is asked for with a key and leads to the shard of the key, for as long as it is
 * open: by {@link #inShard}, which also does the work again when the slot is just on the move; by
 * the {@linkplain #createConnectionBuilder() connection builder} of JDBC 4.3; or, for code that
 * knows nothing of shards, by {@link #getConnection()} within a {@link ShardScope}. Without a key
 * there is no connection; nothing is ever sent to all shards unasked.
 *
 * <p>Thread-safe. Handing out a connection blocks on the pool of the shard only, except where
 * {@link ReadFreshness} says otherwise; the map is read in the background.
 */
public final class ShardedDataSource implements DataSource, AutoCloseable {
  /** SQLState of a failure to say which shard is meant. */
  private static final String NO_KEY = "TK001";

  private static final String NO_POOL = "TK008";
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** The connection of the work that a thread is at. */
  private static final ThreadLocal<@Nullable ShardConnection> WORK = new ThreadLocal<>();

  private final Map<String, DataSource> shards;
  private final MapWatch watch;
  private final ReadCheck reads;
  private final Duration patience;
  private final @Nullable Mover unblocker;
  private final ShardMeters meters;
  private volatile int loginTimeout;
  private volatile @Nullable PrintWriter logWriter;

  private ShardedDataSource(ShardedDataSourceBuilder builder, MapWatch watch) {
    this.shards = new LinkedHashMap<>(builder.shards);
    this.watch = watch;
    this.reads = new ReadCheck(builder.freshness, watch);
    this.patience = builder.patience;
    this.unblocker = builder.unblocker;
    this.meters = new ShardMeters(builder.registry, watch);
  }

  /**
   * Begins to build a data source.
   *
   * @param store where the map is
   */
  public static ShardedDataSourceBuilder builder(ShardMapStore store) {
    return new ShardedDataSourceBuilder(store);
  }

  static ShardedDataSource start(ShardedDataSourceBuilder builder) throws SQLException {
    MapWatch watch = new MapWatch(builder);
    watch.refresh();
    ShardMap map = watch.map();
    map.shards()
        .forEach(
            shard -> {
              if (!builder.shards.containsKey(shard.name())) {
                throw new IllegalArgumentException(
                    "every shard of the map must have a pool; \""
                        + shard.name()
                        + "\" has none, only "
                        + builder.shards.keySet());
              }
            });
    watch.start();
    return new ShardedDataSource(builder, watch);
  }

  /** The map by which keys are routed now. */
  public ShardMap map() {
    return watch.map();
  }

  /** Where a key is now. */
  public ShardHandle route(ShardKey key) {
    ShardMap map = watch.map();
    int slot = map.slotOf(key);
    return new ShardHandle(slot, map.shardOf(slot), map.version());
  }

  /** The names of the shards that have a pool here, in the order in which they were given. */
  public Set<String> shards() {
    return Collections.unmodifiableSet(shards.keySet());
  }

  /**
   * The pool of a shard, for work on all shards; a write to a slot that is not there is refused.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public DataSource shard(String name) {
    DataSource pool = shards.get(name);
    if (pool == null) {
      throw new IllegalArgumentException(
          "shard must be one of " + shards.keySet() + ", was \"" + name + '"');
    }
    return pool;
  }

  /**
   * Does work in one transaction at the shard of a key and commits it. If the slot of the key moves
   * meanwhile the transaction is rolled back and the work done again where the slot is then.
   *
   * <p>Within such work the same thread may do more work for keys of the same shard, which joins
   * the transaction.
   *
   * @return what the work gave
   * @throws SQLException from the work, the commit or the pool; or, of class {@link
   *     SQLTransientException}, if the slot could not be written for as long as the patience lasts
   * @throws IllegalStateException if this thread is at work at another shard: a transaction cannot
   *     change shard
   */
  public <T extends @Nullable Object> T inShard(ShardKey key, ShardWork<T> task)
      throws SQLException {
    ShardConnection outer = WORK.get();
    if (outer != null && outer.isOf(this)) {
      ShardHandle joined = route(key);
      if (!outer.isAt(joined.shard())) {
        throw new IllegalStateException(
            "a transaction cannot change shard: " + outer + ", this key is at " + joined);
      }
      outer.join(joined);
      return task.run(outer);
    }
    return again(key, () -> attempt(key, false, task));
  }

  /**
   * Reads in one read-only transaction at the shard of a key. A pool that tells reads from writes
   * by {@code setReadOnly}, such as one over replicas, may send it to a replica.
   *
   * @return what the work gave
   * @throws SQLException as {@link #inShard}
   * @throws IllegalStateException within the work of {@link #inShard}
   */
  public <T extends @Nullable Object> T readInShard(ShardKey key, ShardWork<T> task)
      throws SQLException {
    if (isInShard()) {
      throw new IllegalStateException("a transaction is open already: read in it, by inShard");
    }
    return again(key, () -> attempt(key, true, task));
  }

  /**
   * Does work in a {@link ShardScope} of a key, for code that gets its connections from {@link
   * #getConnection()} and commits them itself, such as a transaction of Spring. If a write was
   * refused because the slot is on the move, the work is done again where the slot is then; so it
   * should be a whole transaction, and have no effects outside it.
   *
   * @return what the work gave
   * @throws E from the work
   * @throws SQLException of class {@link SQLTransientException}, if the slot could not be written
   *     for as long as the patience lasts
   */
  public <T extends @Nullable Object, E extends Exception> T inScope(
      ShardKey key, ScopedWork<T, E> task) throws SQLException, E {
    return again(
        key,
        () -> {
          try (ShardScope scope = ShardScope.open(key)) {
            return task.run(scope);
          }
        });
  }

  /** Something to be tried, and tried again. */
  private interface Attempt<T extends @Nullable Object, E extends Exception> {
    T run() throws SQLException, E;
  }

  /** Tries until the slot of the key lets it, or the patience is over. */
  private <T extends @Nullable Object, E extends Exception> T again(
      ShardKey key, Attempt<T, E> attempt) throws SQLException, E {
    long deadline = watch.nanoTime() + patience.toNanos();
    long pause = FIRST_PAUSE_NANOS;
    while (true) {
      long asked = watch.nanoTime();
      ShardHandle handle = route(key);
      try {
        return attempt.run();
      } catch (Exception e) {
        if (!SlotGuard.isRefusal(e)) {
          throw e;
        }
        if (watch.nanoTime() - deadline > 0) {
          throw new SQLTransientException(
              "slot " + handle.slot() + " could not be written for " + patience,
              SlotGuard.REFUSED,
              e);
        }
        meters.retried(handle.shard());
      }
      watch.refreshAfter(asked);
      if (route(key).shard().equals(handle.shard())) {
        await(handle, pause);
        pause = Math.min(LONGEST_PAUSE_NANOS, pause * 2);
      }
    }
  }

  private void await(ShardHandle handle, long pause) throws SQLException {
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(pause / 2, pause));
    if (pause == LONGEST_PAUSE_NANOS && unblocker != null) {
      watch.unblock(unblocker);
    }
    if (Thread.interrupted()) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while slot " + handle.slot() + " is on the move");
    }
  }

  /** Whether the current thread is within work of {@link #inShard} of this data source. */
  public boolean isInShard() {
    ShardConnection outer = WORK.get();
    return outer != null && outer.isOf(this);
  }

  private <T extends @Nullable Object> T attempt(ShardKey key, boolean readOnly, ShardWork<T> task)
      throws SQLException {
    try (ShardConnection connection = open(key, null)) {
      boolean autoCommit = connection.getAutoCommit();
      boolean marked = readOnly && markReadOnly(connection);
      connection.setAutoCommit(false);
      ShardConnection before = WORK.get();
      WORK.set(connection);
      boolean done = false;
      try {
        T result = run(task, connection);
        connection.commit();
        done = true;
        return result;
      } finally {
        if (before == null) {
          WORK.remove();
        } else {
          WORK.set(before);
        }
        if (!done) {
          connection.delegate().rollback();
        }
        connection.delegate().setAutoCommit(autoCommit);
        if (marked) {
          connection.setReadOnly(false);
        }
      }
    }
  }

  /** Work may also fail for want of rows that have moved away and were deleted here. */
  private static <T extends @Nullable Object> T run(ShardWork<T> task, ShardConnection connection)
      throws SQLException {
    try {
      return task.run(connection);
    } catch (SQLException | RuntimeException e) {
      if (!SlotGuard.isRefusal(e)) {
        connection.requireHereAfter(e);
      }
      throw e;
    }
  }

  /** It is a hint, which the driver of SQLite refuses once there is a connection. */
  private static boolean markReadOnly(Connection connection) throws SQLException {
    try {
      connection.setReadOnly(true);
      return true;
    } catch (SQLException e) {
      if (SqlProduct.of(connection) == SqlProduct.SQLITE) {
        return false;
      }
      throw e;
    }
  }

  /** A connection to the shard of a key, which may have moved while the shard was asked. */
  private ShardConnection open(ShardKey key, @Nullable ShardScope scope) throws SQLException {
    while (true) {
      long routedNanos = watch.readNanos();
      ShardHandle handle = route(key);
      DataSource pool = shards.get(handle.shard());
      if (pool == null) {
        throw new SQLException(
            "the map has moved slot "
                + handle.slot()
                + " to shard \""
                + handle.shard()
                + "\", which has no pool here, only "
                + shards.keySet(),
            NO_POOL);
      }
      if (scope != null) {
        scope.bind(handle.shard());
      }
      boolean handed = false;
      Connection connection = null;
      try {
        connection = pool.getConnection();
        if (reads.allows(connection, handle)) {
          handed = true;
          return new ShardConnection(connection, this, handle, routedNanos, scope);
        }
      } finally {
        if (!handed) {
          giveBack(connection, scope);
        }
      }
      watch.refreshAfter(watch.nanoTime());
      if (route(key).shard().equals(handle.shard())) {
        throw new SQLTransientException(
            "slot "
                + handle.slot()
                + " has left shard \""
                + handle.shard()
                + "\", and the map does"
                + " not say yet where to",
            SlotGuard.REFUSED);
      }
    }
  }

  private static void giveBack(@Nullable Connection connection, @Nullable ShardScope scope)
      throws SQLException {
    if (scope != null) {
      scope.release();
    }
    if (connection != null) {
      connection.close();
    }
  }

  /** Fails where the slot may have left since the connection was handed out, and has. */
  void requireHere(Connection connection, ShardHandle handle, long routedNanos)
      throws SQLException {
    if (!reads.allowsCommit(connection, handle, routedNanos)) {
      throw new SQLTransactionRollbackException(
          "slot " + handle.slot() + " has left shard \"" + handle.shard() + '"', SlotGuard.REFUSED);
    }
  }

  /**
   * Asks the store whether a map that was read here is the current one still, which costs less than
   * to read it again. If it is, no slot has moved since it was read.
   *
   * @throws SQLException if the store does not answer
   */
  public boolean isCurrent(ShardMap map) throws SQLException {
    return watch.isCurrent(map);
  }

  /** Reads the map soon, in the background; does nothing where that is about to happen. */
  void refreshSoon() {
    watch.refreshSoon();
  }

  /**
   * Reads the map now.
   *
   * @throws SQLException if it cannot be read
   */
  public void refresh() throws SQLException {
    watch.refresh();
  }

  /**
   * A connection to the shard of the current {@link ShardScope}.
   *
   * @throws SQLException if there is none, SQLState {@code TK001}, or from the pool
   * @throws IllegalStateException if a connection of an outer scope to another shard is open
   */
  @Override
  public Connection getConnection() throws SQLException {
    ShardScope scope = ShardScope.current();
    if (scope == null) {
      throw new SQLException(
          "no shard is known without a key: use inShard, createConnectionBuilder().shardingKey or a"
              + " ShardScope",
          NO_KEY);
    }
    return open(scope.key(), scope);
  }

  /** Not supported: users belong to the pools. */
  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException(
        "user and password are set at the pool of each shard");
  }

  /** Builds connections by key; {@code user}, {@code password} and super keys are refused. */
  @Override
  public ConnectionBuilder createConnectionBuilder() {
    return new KeyedConnectionBuilder(this);
  }

  Connection connect(ShardKey key) throws SQLException {
    return open(key, null);
  }

  /** Builds keys: one value, or several, which make a {@linkplain ShardKey#composite composite}. */
  @Override
  public ShardingKeyBuilder createShardingKeyBuilder() {
    return new ShardKeyBuilder();
  }

  static ShardKey key(@Nullable ShardingKey key) throws SQLException {
    if (key instanceof ShardKey ours) {
      return ours;
    }
    throw new SQLException(
        "a sharding key must be a ShardKey, was "
            + (key == null ? "null" : key.getClass().getName()),
        NO_KEY);
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return logWriter;
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter out) {
    logWriter = out;
  }

  @Override
  public int getLoginTimeout() {
    return loginTimeout;
  }

  @Override
  public void setLoginTimeout(int seconds) {
    loginTimeout = seconds;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("logs go to SLF4J");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new SQLException("no " + type.getName() + " here; ask the pool of a shard");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }

  /** Stops reading the map. The pools stay open: they belong to whoever made them. */
  @Override
  public void close() {
    meters.close();
    watch.close();
  }
}
