// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sharding.internal.Instances;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** Which processes a mover knows of, and by which map they read. */
class InstancesTest {
  private static final Duration LEASE = Duration.ofMinutes(1);

  private final SQLiteDataSource control = new SQLiteDataSource();
  private ShardMapStore store;

  @BeforeEach
  void open(@TempDir Path folder) throws SQLException {
    control.setUrl("jdbc:sqlite:" + folder.resolve("control.db"));
    store = ShardMapStore.jdbc(control);
    assertThat(store.create(ShardMap.of("s1"))).isTrue();
    assertThat(store.create(ShardMap.of("s2"))).isFalse();
  }

  private ShardedDataSource start() throws SQLException {
    DataSource unused = new SQLiteDataSource();
    return ShardedDataSource.builder(store).shard("s1", unused).shard("s2", unused).build();
  }

  @Test
  void dataSource_open_isKnownWithItsVersionUntilItIsClosed() throws SQLException {
    try (ShardedDataSource shards = start()) {
      assertThat(Instances.behind(control, 1, LEASE)).isEmpty();
      assertThat(Instances.behind(control, 2, LEASE)).hasSize(1);

      assertThat(store.replace(store.load().withShard(Shard.of("s2")))).isTrue();
      shards.refresh();

      assertThat(Instances.behind(control, 2, LEASE)).isEmpty();
      assertThat(Instances.behind(control, 3, LEASE)).hasSize(1);
      assertThat(Instances.behind(control, 3, Duration.ofMillis(-1))).isEmpty();
    }
    assertThat(Instances.behind(control, 99, LEASE)).isEmpty();
  }

  /** A mover that looks between the first read of the map and its report must not miss it. */
  @Test
  void dataSource_starting_isKnownBeforeItReadsTheMap() throws SQLException {
    List<String> seen = new ArrayList<>();
    ShardMapStore watched =
        new ShardMapStore() {
          @Override
          public ShardMap load() throws SQLException {
            seen.addAll(Instances.behind(control, 1, LEASE));
            return store.load();
          }

          @Override
          public boolean create(ShardMap first) {
            return false;
          }

          @Override
          public boolean replace(ShardMap next) {
            return false;
          }

          @Override
          public void report(String instance, long version) throws SQLException {
            store.report(instance, version);
          }
        };
    try (ShardedDataSource shards =
        ShardedDataSource.builder(watched).shard("s1", new SQLiteDataSource()).build()) {
      assertThat(shards.map().version()).isEqualTo(1);
      assertThat(seen).hasSize(1);
    }
  }

  @Test
  void load_noMapYet_saysSo(@TempDir Path folder) {
    SQLiteDataSource empty = new SQLiteDataSource();
    empty.setUrl("jdbc:sqlite:" + folder.resolve("empty.db"));

    assertThatThrownBy(() -> ShardMapStore.jdbc(empty).load()).isInstanceOf(SQLException.class);
  }

  @Test
  void replace_mapThatIsNotTheNext_isRefused() throws SQLException {
    ShardMap first = store.load();
    assertThat(store.replace(first.withShard(Shard.of("s2")))).isTrue();

    assertThat(store.replace(first.withShard(Shard.of("s3")))).isFalse();
    assertThat(store.load().hasShard("s3")).isFalse();
  }
}
