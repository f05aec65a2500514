// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Two shards become three, four, and three again, while users and a foreign writer write. */
class ReshardIT {
  private static final Logger LOG = LoggerFactory.getLogger(ReshardIT.class);

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void reshard_underWriters_losesNothing(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      HikariDataSource control = engine.database();
      ShardMapStore store = ShardMapStore.jdbc(control);
      ShardMap first = ShardMap.of(SlotStrategy.hash(64), List.of(Shard.of("s1"), Shard.of("s2")));
      assertThat(store.create(first)).isTrue();
      Map<String, HikariDataSource> databases = new LinkedHashMap<>();
      for (String name : List.of("s1", "s2", "s3", "s4")) {
        HikariDataSource database = engine.database();
        databases.put(name, database);
        Shop.create(database);
        Shop.GUARD.install(database, name, first);
      }
      Shop.fill(first, databases, 2_000);
      var builder = ShardedDataSource.builder(store);
      databases.forEach(builder::shard);
      try (ShardedDataSource shards = builder.build();
          Buyers buyers = new Buyers()) {
        buyers.users(shards, 3, 1_000_000, 50, 1);
        buyers.foreigner(databases, first::slotOf, 2_000_000, 50, 9);
        await().until(() -> buyers.writes() > 200);
        MoveReport report = reshard(control, store, databases);
        long during = buyers.writes();
        await().until(() -> buyers.writes() > during + 50);

        assertThat(buyers.stop()).isEmpty();
        LOG.info(
            "{}: {} groups, {} rows, pauses {}, {} writes, {} refusals of the foreigner, slowest"
                + " write {} ms",
            product,
            report.moves().size(),
            report.rows(),
            report.pauses().stream().mapToLong(each -> each.toMillis()).sorted().boxed().toList(),
            buyers.writes(),
            buyers.refusals(),
            buyers.slowestMillis());
        assertSame(buyers, first, databases);
        assertNothingLeft(databases);
      }
    }
  }

  private static MoveReport reshard(
      HikariDataSource control, ShardMapStore store, Map<String, HikariDataSource> databases)
      throws SQLException {
    Mover.Builder builder =
        Mover.builder(control, Shop.GUARD).options(MoveOptions.DEFAULT.withGroupSize(8));
    databases.forEach(builder::shard);
    Mover mover = builder.build();
    List<Move> moves = new java.util.ArrayList<>();
    List<java.time.Duration> pauses = new java.util.ArrayList<>();
    for (String added : List.of("s3", "s4")) {
      assertThat(store.replace(store.load().withShard(Shard.of(added)))).isTrue();
      MoveReport report = mover.run(SlotPlanner.rebalance(store.load()));
      assertThat(report.isDone()).as(report.toString()).isTrue();
      moves.addAll(report.moves());
      pauses.addAll(report.pauses());
    }
    MoveReport report = mover.run(SlotPlanner.drain(store.load(), "s2"));
    assertThat(report.isDone()).as(report.toString()).isTrue();
    assertThat(store.replace(store.load().withoutShard("s2"))).isTrue();
    moves.addAll(report.moves());
    pauses.addAll(report.pauses());
    return new MoveReport(moves, pauses);
  }

  private static void assertSame(
      Buyers buyers, ShardMap map, Map<String, HikariDataSource> databases) throws SQLException {
    Map<String, String> customers = buyers.customers();
    Map<String, String> purchases = buyers.purchases();
    for (long id = 0; id < 2_000; id++) {
      int slot = map.slotOf(id);
      customers.put("" + id, id + "|" + slot + "|customer " + id + "|0");
      purchases.put(id + "/0", id + "|0|" + slot + "|0");
    }
    List<HikariDataSource> all = List.copyOf(databases.values());
    assertThat(Shop.rows("customer", all)).isEqualTo(customers);
    assertThat(Shop.rows("purchase", all)).isEqualTo(purchases);
  }

  private static void assertNothingLeft(Map<String, HikariDataSource> databases)
      throws SQLException {
    for (HikariDataSource database : databases.values()) {
      try (var connection = database.getConnection();
          var statement = connection.createStatement();
          var rows =
              statement.executeQuery(
                  "select (select count(*) from tk_log), (select count(*) from tk_slot where"
                      + " capture = 1 or state in ('IMPORTING', 'FROZEN'))")) {
        rows.next();
        assertThat(rows.getLong(1)).isZero();
        assertThat(rows.getLong(2)).isZero();
      }
    }
  }
}
