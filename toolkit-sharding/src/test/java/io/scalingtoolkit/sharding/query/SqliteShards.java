// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.sqlite.SQLiteDataSource;

/** Some databases in memory as shards, and one more that has the rows of all. */
final class SqliteShards implements AutoCloseable {
  static final int SLOTS = 32;

  final Map<String, Pool> pools = new LinkedHashMap<>();
  final DataSource whole;
  final ShardMapStore store;
  final ShardedDataSource shards;
  private final List<Connection> alive = new ArrayList<>();

  SqliteShards(int count, String... ddl) throws SQLException {
    this(count, 100, ddl);
  }

  SqliteShards(int count, int poolSize, String... ddl) throws SQLException {
    List<Shard> names = IntStream.range(0, count).mapToObj(i -> Shard.of("s" + i)).toList();
    store = ShardMapStore.inMemory(ShardMap.of(SlotStrategy.hash(SLOTS), names));
    whole = database(ddl);
    var builder = ShardedDataSource.builder(store).refreshInterval(Duration.ofSeconds(1));
    for (Shard name : names) {
      Pool pool = new Pool(database(ddl), poolSize);
      pools.put(name.name(), pool);
      builder.shard(name.name(), pool);
    }
    shards = builder.build();
  }

  private DataSource database(String... ddl) throws SQLException {
    SQLiteDataSource source = new SQLiteDataSource();
    source.setUrl("jdbc:sqlite:file:" + UUID.randomUUID() + "?mode=memory&cache=shared");
    Connection connection = source.getConnection();
    alive.add(connection);
    try (Statement statement = connection.createStatement()) {
      for (String each : ddl) {
        statement.execute(each);
      }
    }
    return source;
  }

  /** Inserts a row where the map says and into the whole; the first parameter is the slot. */
  void insert(String sql, int slot, Object... values) throws SQLException {
    insertAt(shards.map().shardOf(slot), sql, slot, values);
    insert(whole, sql, slot, values);
  }

  void insertAt(String shard, String sql, int slot, Object... values) throws SQLException {
    insert(pools.get(shard).delegate, sql, slot, values);
  }

  private static void insert(DataSource database, String sql, int slot, Object... values)
      throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setInt(1, slot);
      for (int i = 0; i < values.length; i++) {
        insert.setObject(i + 2, values[i]);
      }
      insert.executeUpdate();
    }
  }

  /** What the whole answers, as text. */
  List<String> whole(String sql, Object... parameters) throws SQLException {
    List<String> found = new ArrayList<>();
    try (Connection connection = whole.getConnection();
        PreparedStatement select = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        select.setObject(i + 1, parameters[i]);
      }
      try (ResultSet rows = select.executeQuery()) {
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
          Object[] row = new Object[columns];
          for (int i = 0; i < columns; i++) {
            row[i] = rows.getObject(i + 1);
          }
          found.add(Arrays.toString(row));
        }
      }
    }
    return found;
  }

  static List<String> all(MergedRows rows) throws SQLException {
    List<String> found = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        found.add(rows.row().toString());
      }
    }
    return found;
  }

  int open() {
    return pools.values().stream().mapToInt(pool -> pool.open.get()).sum();
  }

  @Override
  public void close() throws SQLException {
    shards.close();
    for (Connection connection : alive) {
      connection.close();
    }
  }

  /** A pool of so many, which can be told to fail. */
  static final class Pool implements WrappedPool {
    final DataSource delegate;
    final Semaphore permits;
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger mostOpen = new AtomicInteger();
    volatile SQLException failure;

    Pool(DataSource delegate, int size) {
      this.delegate = delegate;
      permits = new Semaphore(size, true);
    }

    @Override
    public Connection getConnection() throws SQLException {
      if (failure != null) {
        throw failure;
      }
      try {
        if (!permits.tryAcquire(60, TimeUnit.SECONDS)) {
          throw new SQLException("no connection within a minute");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SQLException("interrupted", e);
      }
      mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
      return WrappedPool.onClose(
          delegate.getConnection(),
          () -> {
            open.decrementAndGet();
            permits.release();
          });
    }
  }
}
