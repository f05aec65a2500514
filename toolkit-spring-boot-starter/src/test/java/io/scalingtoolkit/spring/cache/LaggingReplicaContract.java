// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.CacheTransaction;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.Lookup;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.TieredCacheBuilder;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.cache.redis.RedisTier;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Two processes' worth of caches and data sources over one database, whose replica has stopped to
 * follow: each has its own tier, pools and session.
 */
@SuppressWarnings("try") // scopes are opened for what happens inside them
abstract class LaggingReplicaContract {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final RedisClient client = RedisClient.create(REDIS.server().uri());
  private OneProcess writer;
  private OneProcess reader;

  /** A primary with one replica, and an empty database there. */
  abstract Servers servers();

  /** What a test does with servers of some product; each returns when it is done. */
  record Servers(
      String database,
      String primaryUrl,
      String replicaUrl,
      Runnable awaitCaughtUp,
      Runnable pauseReplay,
      Runnable resumeReplay) {}

  /** What one process has. */
  private final class OneProcess implements AutoCloseable {
    final List<HikariDataSource> pools = new ArrayList<>();
    final ReplicationDataSource db;
    final RedisTier tier;
    final TieredCache<Long, String> shared;
    final TieredCache<Long, String> inMemory;

    OneProcess() {
      db =
          ReplicationDataSource.builder(pool(servers().primaryUrl()))
              .replica("r1", pool(servers().replicaUrl()))
              .build();
      tier =
          RedisTier.builder(client)
              .prefix(servers().database())
              .timeout(Duration.ofSeconds(5))
              .build();
      await().atMost(PATIENCE).until(tier::isConnected);
      shared = built("names").shared(tier, KeyCodec.longs(), ValueCodec.utf8()).build();
      inMemory = built("local").build();
    }

    private TieredCacheBuilder<Long, String> built(String name) {
      return TieredCache.<Long, String>builder(name).tags((id, value) -> List.of("account"));
    }

    private HikariDataSource pool(String url) {
      HikariDataSource pool = new HikariDataSource();
      pool.setJdbcUrl(url);
      pool.setMaximumPoolSize(4);
      pools.add(pool);
      return pool;
    }

    String query(long id) throws SQLException {
      try (Connection connection = db.getConnection();
          PreparedStatement statement =
              connection.prepareStatement("select name from account where id = ?")) {
        statement.setLong(1, id);
        try (ResultSet rows = statement.executeQuery()) {
          return rows.next() ? rows.getString(1) : null;
        }
      }
    }

    void rename(String name) throws SQLException {
      try (Connection connection = db.getConnection();
          PreparedStatement statement =
              connection.prepareStatement("update account set name = ? where id = 1")) {
        statement.setString(1, name);
        statement.executeUpdate();
      }
    }

    @Override
    public void close() {
      shared.close();
      inMemory.close();
      tier.close();
      db.close();
      pools.forEach(HikariDataSource::close);
    }
  }

  /** Does something. */
  private interface Action {
    void run() throws Exception;
  }

  @BeforeEach
  void open() throws SQLException {
    try (Connection connection = DriverManager.getConnection(servers().primaryUrl());
        Statement statement = connection.createStatement()) {
      statement.execute("create table account (id bigint primary key, name varchar(20) not null)");
      statement.execute("insert into account values (1, 'old'), (2, 'other')");
    }
    servers().awaitCaughtUp().run();
    writer = new OneProcess();
    reader = new OneProcess();
    servers().pauseReplay().run();
  }

  @AfterEach
  void close() {
    servers().resumeReplay().run();
    writer.close();
    reader.close();
    client.shutdown();
  }

  /** Writes as a request does, with a session of its own. */
  private void write(Action invalidation) throws Exception {
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      writer.rename("new");
      invalidation.run();
    }
    // What a load without bookmarks gets, or the tests would show nothing.
    await().atMost(PATIENCE).until(() -> reader.query(1), "old"::equals);
    assertThat(writer.query(1)).isEqualTo("old");
  }

  @Test
  void invalidate_otherProcess_loadsFromThePrimary() throws Exception {
    assertThat(reader.shared.get(1L, reader::query)).isEqualTo("old");
    write(() -> writer.shared.invalidate(1L));

    await().atMost(PATIENCE).until(() -> reader.shared.getIfPresent(1L) == null);
    assertThat(reader.shared.get(1L, reader::query)).isEqualTo("new");
    assertThat(writer.shared.get(1L, writer::query)).isEqualTo("new");
    assertThat(reader.shared.get(2L, reader::query)).isEqualTo("other");
    assertThat(reader.db.status().decisions()).as("by replicas").containsKey("read");
  }

  @Test
  void invalidateInATransaction_twoPhase_otherProcessLoadsFromThePrimary() throws Exception {
    write(
        () -> {
          try (CacheTransaction changes = CacheTransaction.begin()) {
            changes.invalidate(writer.shared, 1L);
            changes.prepare(Duration.ofMinutes(1));
            writer.rename("new"); // its commit
            changes.committed();
          }
        });

    assertThat(reader.shared.get(1L, reader::query)).isEqualTo("new");
  }

  @Test
  void getAll_otherProcess_loadsFromThePrimary() throws Exception {
    write(() -> writer.shared.invalidate(1L));

    assertThat(
            reader.shared.getAll(
                List.of(1L, 2L), keys -> Map.of(1L, reader.query(1), 2L, reader.query(2))))
        .containsEntry(1L, "new");
  }

  @Test
  void invalidateTag_andAll_otherProcess_loadsFromThePrimary() throws Exception {
    write(() -> writer.shared.invalidateTag("account"));
    assertThat(reader.shared.get(1L, reader::query)).isEqualTo("new");

    try (ConsistencyScope scope = ConsistencyScope.open()) {
      writer.rename("newer");
      writer.shared.invalidateAll();
    }
    await().atMost(PATIENCE).until(() -> reader.shared.get(1L, reader::query), "newer"::equals);
  }

  @Test
  void lookup_otherProcess_withASession_loadsFromThePrimary() throws Exception {
    write(() -> writer.shared.invalidate(1L));

    Lookup<String> without = reader.shared.lookup(1L);
    assertThat(without.fill(reader.query(1))).as("could be old").isFalse();
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      Lookup<String> within = reader.shared.lookup(1L);
      String value = reader.query(1);
      assertThat(value).isEqualTo("new");
      assertThat(within.fill(value)).isTrue();
    }
  }

  @Test
  void inMemory_thisProcess_loadsFromThePrimary() throws Exception {
    assertThat(writer.inMemory.get(1L, writer::query)).isEqualTo("old");
    write(() -> writer.inMemory.invalidate(1L));

    assertThat(writer.inMemory.get(1L, writer::query)).isEqualTo("new");
    writer.rename("newer"); // by somebody without a session
    writer.inMemory.invalidate(2L);
    assertThat(writer.inMemory.get(2L, writer::query)).isEqualTo("other");
  }

  @Test
  void inMemory_severalAtOnce_orByTag_loadFromThePrimary() throws Exception {
    write(() -> writer.inMemory.invalidate(1L));
    assertThat(
            writer.inMemory.getAll(
                List.of(1L, 2L), keys -> Map.of(1L, writer.query(1), 2L, writer.query(2))))
        .containsEntry(1L, "new");

    try (ConsistencyScope scope = ConsistencyScope.open()) {
      writer.rename("newer");
      writer.inMemory.invalidateTag("account");
    }
    assertThat(writer.inMemory.getAsync(1L, writer::query).join()).isEqualTo("newer");
  }

  /** A replica that has caught up is read from again. */
  @Test
  void invalidate_replicaThatHasThePosition_isReadFrom() throws Exception {
    write(() -> writer.shared.invalidate(1L));
    servers().resumeReplay().run();
    servers().awaitCaughtUp().run();
    await().atMost(PATIENCE).until(() -> reader.query(1), "new"::equals);

    String[] node = new String[1];
    reader.shared.get(
        1L,
        id -> {
          try (Connection connection = reader.db.getConnection();
              PreparedStatement statement = connection.prepareStatement("select 1")) {
            statement.executeQuery().close();
            node[0] = ReplicationDataSource.nodeOf(connection);
            return "new";
          }
        });
    assertThat(node).containsExactly("r1");
  }
}
