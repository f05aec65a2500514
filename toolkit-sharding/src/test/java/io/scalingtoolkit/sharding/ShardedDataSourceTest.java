// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import io.scalingtoolkit.sharding.move.ShardedTable;
import io.scalingtoolkit.sharding.move.SlotGuard;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.JDBCType;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** Over two files, which are databases enough for all that is not about locks. */
class ShardedDataSourceTest {
  private static final SlotGuard GUARD =
      SlotGuard.of(ShardedTable.of("thing", "id", ShardedTable.KeyType.INTEGER));

  private final ManualClock clock = ManualClock.atEpoch();
  private final ShardMap map =
      ShardMap.of(SlotStrategy.hash(2), List.of(Shard.of("s1"), Shard.of("s2")));
  private final ShardMapStore store = ShardMapStore.inMemory(map);
  private DataSource first;
  private DataSource second;
  private ShardedDataSource shards;
  private long onFirst;
  private long onSecond;

  @BeforeEach
  void open(@TempDir Path folder) throws SQLException {
    first = database(folder.resolve("s1.db"), "s1");
    second = database(folder.resolve("s2.db"), "s2");
    shards = builder().build();
    onFirst = key("s1");
    onSecond = key("s2");
  }

  private ShardedDataSourceBuilder builder() {
    return ShardedDataSource.builder(store)
        .shard("s1", first)
        .shard("s2", second)
        .patience(Duration.ofMillis(50))
        .clock(clock.monotonic());
  }

  private DataSource database(Path file, String name) throws SQLException {
    SQLiteDataSource database = new SQLiteDataSource();
    database.setUrl("jdbc:sqlite:" + file);
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table thing (id integer primary key, slot_id integer not null)");
      statement.execute("create table whoami (name text)");
      statement.execute("insert into whoami values ('" + name + "')");
    }
    GUARD.install(database, name, map);
    return database;
  }

  private long key(String shard) {
    long id = 0;
    while (!map.shardOf(map.slotOf(id)).equals(shard)) {
      id++;
    }
    return id;
  }

  @AfterEach
  void close() {
    shards.close();
  }

  private static String whoAmI(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select name from whoami")) {
      rows.next();
      return rows.getString(1);
    }
  }

  private void insert(Connection connection, long id) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("insert into thing values (" + id + ", " + map.slotOf(id) + ")");
    }
  }

  @Test
  void getConnection_withoutKey_isAnErrorAndNoBroadcast() {
    assertThatThrownBy(shards::getConnection)
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("without a key")
        .hasFieldOrPropertyWithValue("SQLState", "TK001");
  }

  @Test
  void connectionBuilder_shardingKey_leadsToItsShard() throws SQLException {
    try (Connection one =
            shards.createConnectionBuilder().shardingKey(ShardKey.of(onFirst)).build();
        Connection two =
            shards
                .createConnectionBuilder()
                .shardingKey(
                    shards.createShardingKeyBuilder().subkey(onSecond, JDBCType.BIGINT).build())
                .build()) {
      assertThat(whoAmI(one)).isEqualTo("s1");
      assertThat(whoAmI(two)).isEqualTo("s2");
      assertThat(one.setShardingKeyIfValid(ShardKey.of(onFirst), 1)).isTrue();
      assertThat(one.setShardingKeyIfValid(ShardKey.of(onSecond), 1)).isFalse();
      assertThatThrownBy(() -> one.setShardingKey(ShardKey.of(onSecond)))
          .hasMessageContaining("cannot change shard");
    }
  }

  @Test
  void connectionBuilder_noKeyOrForeignKeyOrUser_isRefused() {
    assertThatThrownBy(() -> shards.createConnectionBuilder().build())
        .hasMessageContaining("must be a ShardKey, was null");
    assertThatThrownBy(
            () ->
                shards.createConnectionBuilder().shardingKey(new java.sql.ShardingKey() {}).build())
        .hasMessageContaining("must be a ShardKey");
    assertThatThrownBy(() -> shards.createConnectionBuilder().user("ada").build())
        .hasMessageContaining("pool of each shard");
    assertThatThrownBy(() -> shards.createShardingKeyBuilder().subkey(1.5, JDBCType.DOUBLE).build())
        .hasMessageContaining("java.lang.Double");
    assertThatThrownBy(() -> shards.createShardingKeyBuilder().build())
        .hasMessageContaining("at least one");
  }

  @Test
  void scope_connection_leadsToTheShardOfItsKey() throws Exception {
    try (ShardScope outer = ShardScope.open(ShardKey.of(onFirst))) {
      try (Connection connection = shards.getConnection()) {
        assertThat(whoAmI(connection)).isEqualTo("s1");
      }
      Callable<String> elsewhere =
          outer.wrap(
              () -> {
                try (Connection connection = shards.getConnection()) {
                  return whoAmI(connection);
                }
              });
      try (ShardScope inner = ShardScope.open(ShardKey.of(onSecond));
          Connection connection = shards.getConnection()) {
        assertThat(inner.key()).isEqualTo(ShardKey.of(onSecond));
        assertThat(whoAmI(connection)).isEqualTo("s2");
        assertThat(elsewhere.call()).isEqualTo("s1");
      } catch (IllegalStateException e) {
        // The wrapped call runs within the inner scope, whose connection is open.
        assertThat(e).hasMessageContaining("cannot change shard");
      }
    }
    assertThat(ShardScope.current()).isNull();
  }

  @Test
  void scope_openConnectionToAnotherShard_isRefused() throws SQLException {
    try (ShardScope outer = ShardScope.open(ShardKey.of(onFirst));
        Connection connection = shards.getConnection()) {
      assertThat(outer.key()).isNotNull();
      assertThat(whoAmI(connection)).isEqualTo("s1");
      try (ShardScope inner = ShardScope.open(ShardKey.of(onSecond))) {
        assertThat(inner.key()).isNotNull();
        assertThatThrownBy(shards::getConnection)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("cannot change shard");
      }
    }
  }

  @Test
  void inShard_anotherShardWithin_isRefusedAndRolledBack() throws SQLException {
    assertThatThrownBy(
            () ->
                shards.inShard(
                    ShardKey.of(onFirst),
                    connection -> {
                      insert(connection, onFirst);
                      return shards.inShard(ShardKey.of(onSecond), inner -> 1);
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot change shard");
    assertThat(count(first)).isZero();
  }

  @Test
  void inShard_sameShardWithin_joinsTheTransaction() throws SQLException {
    shards.inShard(
        ShardKey.of(onFirst),
        connection -> {
          insert(connection, onFirst);
          return shards.inShard(
              ShardKey.of(onFirst),
              inner -> {
                assertThat(inner).isSameAs(connection);
                return 1;
              });
        });
    assertThat(count(first)).isEqualTo(1);
  }

  private static int count(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from thing")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private void set(DataSource database, String state) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("update tk_slot set state = '" + state + "'");
    }
  }

  @Test
  void inShard_slotThatHasMoved_isDoneAgainWhereItIs() throws SQLException {
    set(first, "FOREIGN");
    set(second, "OWNED");
    assertThat(store.replace(map.assign(SlotSet.of(map.slotOf(onFirst)), "s2"))).isTrue();

    String done =
        shards.inShard(
            ShardKey.of(onFirst),
            connection -> {
              insert(connection, onFirst);
              return whoAmI(connection);
            });

    assertThat(done).isEqualTo("s2");
    assertThat(count(first)).isZero();
    assertThat(count(second)).isEqualTo(1);
  }

  @Test
  void inShard_slotThatStaysFrozen_failsAfterThePatience() throws SQLException {
    set(first, "FROZEN");

    assertThatThrownBy(
            () ->
                shards.inShard(
                    ShardKey.of(onFirst),
                    connection -> {
                      clock.advance(Duration.ofMillis(30));
                      insert(connection, onFirst);
                      return 1;
                    }))
        .isInstanceOf(java.sql.SQLTransientException.class)
        .hasMessageContaining("could not be written for")
        .matches(SlotGuard::isRefusal);
  }

  @Test
  void getConnection_leaseOverAndSlotGone_isRefusedForReadsToo() throws SQLException {
    set(first, "FOREIGN");
    ShardKey key = ShardKey.of(onFirst);
    try (Connection connection = shards.createConnectionBuilder().shardingKey(key).build()) {
      assertThat(whoAmI(connection)).isEqualTo("s1");
    }

    clock.advance(Duration.ofSeconds(3));

    assertThatThrownBy(() -> shards.createConnectionBuilder().shardingKey(key).build())
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("has left shard")
        .matches(SlotGuard::isRefusal);
  }

  @Test
  void commit_leaseOverAndSlotGone_isRefused() throws SQLException {
    ShardKey key = ShardKey.of(onFirst);
    try (Connection connection = shards.createConnectionBuilder().shardingKey(key).build()) {
      connection.setAutoCommit(false);
      set(first, "FOREIGN");
      try (Statement statement = connection.createStatement()) {
        // The row has moved away: nothing is updated, so no trigger runs.
        assertThat(statement.executeUpdate("update thing set id = id where id = 5")).isZero();
      }
      clock.advance(Duration.ofSeconds(3));
      assertThatThrownBy(connection::commit)
          .isInstanceOf(SQLException.class)
          .matches(SlotGuard::isRefusal);
      connection.rollback();
    }
  }

  @Test
  void setAutoCommit_leaseOverAndSlotGone_isRefused() throws SQLException {
    ShardKey key = ShardKey.of(onFirst);
    try (Connection connection = shards.createConnectionBuilder().shardingKey(key).build()) {
      connection.setAutoCommit(false);
      set(first, "FOREIGN");
      clock.advance(Duration.ofSeconds(3));

      assertThatThrownBy(() -> connection.setAutoCommit(true)).matches(SlotGuard::isRefusal);
      connection.rollback();
    }
  }

  @Test
  void inShard_storeIsAway_goesOnByTheOldMap() throws SQLException {
    ShardMapStore away =
        new ShardMapStore() {
          private boolean read;

          @Override
          public ShardMap load() throws SQLException {
            if (read) {
              throw new SQLException("away", "08001");
            }
            read = true;
            return map;
          }

          @Override
          public boolean create(ShardMap ignored) {
            return false;
          }

          @Override
          public boolean replace(ShardMap ignored) {
            return false;
          }
        };
    try (ShardedDataSource source =
        ShardedDataSource.builder(away)
            .shard("s1", first)
            .shard("s2", second)
            .clock(clock.monotonic())
            .build()) {
      clock.advance(Duration.ofHours(1));
      assertThatThrownBy(source::refresh).hasMessage("away");

      String written =
          source.inShard(
              ShardKey.of(onFirst),
              connection -> {
                insert(connection, onFirst);
                return whoAmI(connection);
              });

      assertThat(written).isEqualTo("s1");
      assertThat(count(first)).isEqualTo(1);
    }
  }

  @Test
  void strict_slotGone_isRefusedAtOnce() throws SQLException {
    set(first, "FOREIGN");
    try (ShardedDataSource strict = builder().freshness(ReadFreshness.STRICT).build()) {
      assertThatThrownBy(
              () -> strict.createConnectionBuilder().shardingKey(ShardKey.of(onFirst)).build())
          .hasMessageContaining("has left shard");
    }
  }

  @Test
  void build_shardWithoutPool_isRefused() {
    assertThatThrownBy(() -> ShardedDataSource.builder(store).shard("s1", first).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("every shard of the map must have a pool; \"s2\" has none");
  }

  @Test
  void build_badSettings_areRefused() {
    assertThatThrownBy(() -> builder().shard("s1", first)).hasMessageContaining("given twice");
    assertThatThrownBy(() -> builder().readLease(Duration.ZERO))
        .hasMessageContaining("readLease must be PT0.1S to PT1H, was PT0S");
    assertThatThrownBy(() -> builder().refreshInterval(Duration.ofSeconds(3)).build())
        .hasMessageContaining("refreshInterval must be shorter than readLease");
  }

  @Test
  void refresh_storeGoesBack_keepsTheMap() throws SQLException {
    ShardMapStore lying =
        new ShardMapStore() {
          private int loads;

          @Override
          public ShardMap load() {
            return loads++ == 0 ? map.withShard(Shard.of("s3")) : map;
          }

          @Override
          public boolean create(ShardMap ignored) {
            return false;
          }

          @Override
          public boolean replace(ShardMap ignored) {
            return false;
          }
        };
    try (ShardedDataSource source =
        ShardedDataSource.builder(lying)
            .shard("s1", first)
            .shard("s2", second)
            .shard("s3", second)
            .build()) {
      assertThatThrownBy(source::refresh).hasMessageContaining("has gone back from version 2 to 1");
      assertThat(source.map().version()).isEqualTo(2);
    }
  }

  @Test
  void refresh_anotherMapOfTheSameVersion_isRefused() throws SQLException {
    ShardMapStore two =
        new ShardMapStore() {
          private int loads;

          @Override
          public ShardMap load() {
            SlotSet zero = SlotSet.of(0);
            return loads++ == 0 ? map.assign(zero, "s1") : map.assign(zero, "s2");
          }

          @Override
          public boolean create(ShardMap ignored) {
            return false;
          }

          @Override
          public boolean replace(ShardMap ignored) {
            return false;
          }
        };
    try (ShardedDataSource source =
        ShardedDataSource.builder(two).shard("s1", first).shard("s2", second).build()) {
      assertThatThrownBy(source::refresh).hasMessageContaining("another map of version 2");
      assertThat(source.route(ShardKey.of(onFirst)).version()).isEqualTo(2);
    }
  }

  @Test
  void inScope_slotThatHasMoved_isDoneAgainWhereItIs() throws SQLException {
    set(first, "FOREIGN");
    set(second, "OWNED");
    assertThat(store.replace(map.assign(SlotSet.of(map.slotOf(onFirst)), "s2"))).isTrue();
    List<String> tried = new ArrayList<>();
    ScopedWork<Boolean, SQLException> work =
        scope -> {
          try (Connection connection = shards.getConnection()) {
            tried.add(whoAmI(connection));
            insert(connection, onFirst);
          }
          return true;
        };

    assertThat(shards.inScope(ShardKey.of(onFirst), work)).isTrue();

    assertThat(tried).containsExactly("s1", "s2");
    assertThat(ShardScope.current()).isNull();
  }

  @Test
  void inScope_failsOtherwise_isNotDoneAgain() {
    ScopedWork<Boolean, IOException> work =
        scope -> {
          throw new IOException("once");
        };

    assertThatThrownBy(() -> shards.inScope(ShardKey.of(onFirst), work)).hasMessage("once");
    assertThat(ShardScope.current()).isNull();
  }

  @Test
  void readInShard_withinOtherWork_isRefused() throws SQLException {
    ShardKey key = ShardKey.of(onSecond);
    assertThat(shards.readInShard(key, ShardedDataSourceTest::whoAmI)).isEqualTo("s2");
    assertThatThrownBy(
            () ->
                shards.inShard(
                    key, outer -> shards.readInShard(key, ShardedDataSourceTest::whoAmI)))
        .isInstanceOf(IllegalStateException.class);
  }
}
