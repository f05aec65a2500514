// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import io.scalingtoolkit.sharding.move.ShardedTable;
import io.scalingtoolkit.sharding.move.SlotGuard;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ways to a shard that leak, mislead or fail without need. */
class RoutingAttackIT {
  private static final SlotGuard GUARD =
      SlotGuard.of(ShardedTable.of("thing", "id", ShardedTable.KeyType.INTEGER));

  private final ManualClock clock = ManualClock.atEpoch();
  private final ShardMap map = ShardMap.of(SlotStrategy.hash(4), List.of(Shard.of("s1")));
  private final List<String> calls = new ArrayList<>();
  private final ShardMapStore store = new Noting(ShardMapStore.inMemory(map), calls);
  private PostgresCluster cluster;
  private HikariDataSource pool;

  @BeforeEach
  void open() throws SQLException {
    cluster = PostgresCluster.single();
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(cluster.primary().jdbcUrl(cluster.createDatabase()));
    config.setMaximumPoolSize(3);
    config.setMinimumIdle(0);
    pool = new HikariDataSource(config);
    run("create table thing (id bigint primary key, slot_id integer not null)");
    GUARD.install(pool, "s1", map);
  }

  @AfterEach
  void close() {
    pool.close();
    cluster.close();
  }

  private void run(String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private ShardedDataSourceBuilder builder() {
    return ShardedDataSource.builder(store).shard("s1", pool).clock(clock.monotonic());
  }

  /** What was asked of a store, in turn. */
  private record Noting(ShardMapStore store, List<String> calls) implements ShardMapStore {
    @Override
    public ShardMap load() throws SQLException {
      calls.add("load");
      return store.load();
    }

    @Override
    public boolean create(ShardMap first) throws SQLException {
      return store.create(first);
    }

    @Override
    public boolean replace(ShardMap next) throws SQLException {
      return store.replace(next);
    }

    @Override
    public void report(String instance, long version) {
      calls.add("report " + version);
    }
  }

  @Test
  void getConnection_questionToTheShardFails_givesTheConnectionBack() throws SQLException {
    try (ShardedDataSource strict = builder().freshness(ReadFreshness.STRICT).build()) {
      try (Connection connection = strict.connect(ShardKey.of(1))) {
        assertThat(connection.isClosed()).isFalse();
      }
      run("alter table tk_slot rename to away");

      assertThatThrownBy(() -> strict.connect(ShardKey.of(1))).hasMessageContaining("tk_slot");

      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }
  }

  @Test
  void readOnly_strictOrLeaseOver_isReadAndCommitted() throws SQLException {
    try (ShardedDataSource bounded = builder().build()) {
      try (Connection connection = bounded.connect(ShardKey.of(1))) {
        connection.setReadOnly(true);
        connection.setAutoCommit(false);
        count(connection);
        clock.advance(Duration.ofSeconds(3));
        connection.commit();
      }
      try (HikariDataSource readers = readers();
          ShardedDataSource source =
              ShardedDataSource.builder(store)
                  .shard("s1", readers)
                  .freshness(ReadFreshness.STRICT)
                  .build();
          Connection connection = source.connect(ShardKey.of(1))) {
        assertThat(count(connection)).isZero();
      }
    }
  }

  private HikariDataSource readers() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(pool.getJdbcUrl());
    config.setReadOnly(true);
    return new HikariDataSource(config);
  }

  private static int count(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from thing")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  /**
   * The update of a row that has moved away meets none; the commit must notice, whose key it was.
   */
  @Test
  void commit_slotOfJoinedWorkIsGone_isRefused() throws SQLException {
    long other = 2;
    while (map.slotOf(other) == map.slotOf(1)) {
      other++;
    }
    long joined = other;
    try (ShardedDataSource source = builder().patience(Duration.ofMillis(1)).build()) {
      run("update tk_slot set state = 'FOREIGN' where slot = " + map.slotOf(joined));

      assertThatThrownBy(
              () ->
                  source.inShard(
                      ShardKey.of(1),
                      connection ->
                          source.inShard(
                              ShardKey.of(joined),
                              inner -> {
                                clock.advance(Duration.ofSeconds(3));
                                return count(inner);
                              })))
          .matches(SlotGuard::isRefusal);
    }
  }

  /** Or a mover deletes rows between the read of an old map and the first report. */
  @Test
  void refresh_firstOrAfterSilence_reportsBeforeItReads() throws SQLException {
    try (ShardedDataSource source = builder().refreshInterval(Duration.ofSeconds(1)).build()) {
      assertThat(calls).containsExactly("report 0", "load", "report 1");
      calls.clear();
      source.refresh();
      assertThat(calls).containsExactly("load", "report 1");
      calls.clear();
      clock.advance(Duration.ofSeconds(3));
      source.refresh();
      assertThat(calls).containsExactly("report 1", "load", "report 1");
    }
  }
}
