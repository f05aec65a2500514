// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.move.Mover;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A builder of {@link ShardedDataSource}; confined to one thread. */
public final class ShardedDataSourceBuilder {
  private static final Duration LONGEST = Duration.ofHours(1);

  final ShardMapStore store;
  final Map<String, DataSource> shards = new LinkedHashMap<>();
  ReadFreshness freshness = ReadFreshness.BOUNDED;
  Duration refreshInterval = Duration.ofSeconds(1);
  Duration readLease = Duration.ofSeconds(2);
  Duration patience = Duration.ofSeconds(10);
  String instance = UUID.randomUUID().toString();
  MonotonicClock clock = MonotonicClock.system();
  @Nullable MeterRegistry registry;
  @Nullable Mover unblocker;

  ShardedDataSourceBuilder(ShardMapStore store) {
    this.store = Objects.requireNonNull(store, "store");
  }

  /**
   * Adds the pool of a shard. It may be one for a shard that the map will name later.
   *
   * @throws IllegalArgumentException if the name is given twice
   */
  public ShardedDataSourceBuilder shard(String name, DataSource pool) {
    if (shards.putIfAbsent(name, Objects.requireNonNull(pool, "pool")) != null) {
      throw new IllegalArgumentException("shard \"" + name + "\" is given twice");
    }
    return this;
  }

  /** Sets how sure reads are that their slot is there; {@link ReadFreshness#BOUNDED} unless set. */
  public ShardedDataSourceBuilder freshness(ReadFreshness readFreshness) {
    freshness = Objects.requireNonNull(readFreshness, "readFreshness");
    return this;
  }

  /**
   * Sets how often the map is read again, 1 s unless set.
   *
   * @param interval 10 ms to 1 h, and shorter than the lease
   */
  public ShardedDataSourceBuilder refreshInterval(Duration interval) {
    refreshInterval = within("refreshInterval", interval, Duration.ofMillis(10));
    return this;
  }

  /**
   * Sets how long reads go by a map that could not be read again, 2 s unless set; the movers have
   * to know the same.
   *
   * @param lease 100 ms to 1 h
   */
  public ShardedDataSourceBuilder readLease(Duration lease) {
    readLease = within("readLease", lease, Duration.ofMillis(100));
    return this;
  }

  /**
   * Sets for how long {@link ShardedDataSource#inShard} does work again whose slot is on the move,
   * 10 s unless set.
   *
   * @param longest 1 ms to 1 h
   */
  public ShardedDataSourceBuilder patience(Duration longest) {
    patience = within("patience", longest, Duration.ofMillis(1));
    return this;
  }

  /** Sets where retries and the state of the map are counted; nowhere unless set. */
  public ShardedDataSourceBuilder meterRegistry(MeterRegistry meterRegistry) {
    registry = Objects.requireNonNull(meterRegistry, "meterRegistry");
    return this;
  }

  /**
   * Sets a mover that {@linkplain Mover#unblock lets writers in again} where another one died while
   * it kept them out. Without one such a slot waits until somebody resumes the move.
   *
   * @param mover with all shards; it works in a thread of the data source
   */
  public ShardedDataSourceBuilder unblockedBy(Mover mover) {
    unblocker = Objects.requireNonNull(mover, "mover");
    return this;
  }

  ShardedDataSourceBuilder clock(MonotonicClock monotonic) {
    clock = monotonic;
    return this;
  }

  private static Duration within(String name, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + " must be " + least + " to " + LONGEST + ", was " + value);
    }
    return value;
  }

  /**
   * The data source. Reads the map once, and from then on in the background.
   *
   * @throws IllegalArgumentException if the map names a shard that has no pool, or the interval is
   *     not shorter than the lease
   * @throws SQLException if the map cannot be read
   */
  public ShardedDataSource build() throws SQLException {
    if (refreshInterval.compareTo(readLease) >= 0) {
      throw new IllegalArgumentException(
          "refreshInterval must be shorter than readLease ("
              + readLease
              + "), was "
              + refreshInterval);
    }
    return ShardedDataSource.start(this);
  }
}
