// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.ShardedDataSourceBuilder;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A shop over shards, all slots at the first one, with a control database. */
final class MoveSetup {
  static final int SLOTS = 16;

  final HikariDataSource control;
  final ShardMapStore store;
  final ShardMap first;
  final Map<String, HikariDataSource> databases = new LinkedHashMap<>();

  /** Shards of these names from these engines. */
  MoveSetup(HikariDataSource control, Map<String, Engine> shards) throws SQLException {
    this(control, shards, allAtFirst(List.copyOf(shards.keySet())));
  }

  /** Shards of these names from these engines, which the map need not have yet. */
  MoveSetup(HikariDataSource control, Map<String, Engine> shards, ShardMap map)
      throws SQLException {
    this.control = control;
    store = ShardMapStore.jdbc(control);
    first = map;
    store.create(first);
    for (Map.Entry<String, Engine> shard : shards.entrySet()) {
      HikariDataSource database = shard.getValue().database();
      databases.put(shard.getKey(), database);
      Shop.create(database);
      Shop.GUARD.install(database, shard.getKey(), first);
    }
  }

  private static ShardMap allAtFirst(List<String> names) {
    ShardMap map = ShardMap.of(SlotStrategy.hash(SLOTS), List.of(Shard.of(names.get(0))));
    for (String name : names.subList(1, names.size())) {
      map = map.withShard(Shard.of(name));
    }
    return map;
  }

  static MoveSetup of(Engine engine, String... names) throws SQLException {
    Map<String, Engine> shards = new LinkedHashMap<>();
    for (String name : names) {
      shards.put(name, engine);
    }
    return new MoveSetup(engine.database(), shards);
  }

  ShardedDataSource open() throws SQLException {
    return builder().build();
  }

  ShardedDataSourceBuilder builder() {
    ShardedDataSourceBuilder builder =
        ShardedDataSource.builder(store).refreshInterval(Duration.ofMillis(100));
    databases.forEach(builder::shard);
    return builder;
  }

  Mover.Builder mover() {
    Mover.Builder builder =
        Mover.builder(control, Shop.GUARD).options(MoveOptions.DEFAULT.withGroupSize(SLOTS));
    databases.forEach(builder::shard);
    return builder;
  }

  /** All slots from the first shard to the second. */
  List<SlotPlanner.Transfer> all() {
    List<String> names = List.copyOf(databases.keySet());
    return List.of(
        new SlotPlanner.Transfer(SlotSet.range(0, SLOTS - 1), names.get(0), names.get(1)));
  }

  void fill(int customers) throws SQLException {
    Shop.fill(first, databases, customers);
  }

  /** Each row once, as first filled and as the buyers were told. */
  void assertRows(Buyers buyers, int filled) throws SQLException {
    Ledger told = filled(filled).and(Ledger.of(buyers, 0));
    List<HikariDataSource> all = List.copyOf(databases.values());
    assertThat(Shop.rows("customer", all)).isEqualTo(told.customers());
    assertThat(Shop.rows("purchase", all)).isEqualTo(told.purchases());
  }

  /** The rows that {@link #fill} has written. */
  Ledger filled(int customers) {
    Ledger ledger = new Ledger();
    for (long id = 0; id < customers; id++) {
      int slot = first.slotOf(id);
      ledger.customers().put("" + id, id + "|" + slot + "|customer " + id + "|0");
      ledger.purchases().put(id + "/0", id + "|0|" + slot + "|0");
    }
    return ledger;
  }

  /** No log, no capture, no slot on the way; each slot owned once, where the map says. */
  void assertNothingLeft() throws SQLException {
    assertNothingLeft(SlotSet.range(0, first.slots() - 1));
  }

  /** The same, of some slots. */
  void assertNothingLeft(SlotSet slots) throws SQLException {
    ShardMap map = store.load();
    String list = Dialect.list(slots);
    for (Map.Entry<String, HikariDataSource> database : databases.entrySet()) {
      try (Connection connection = database.getValue().getConnection();
          Statement statement = connection.createStatement()) {
        try (ResultSet rows =
            statement.executeQuery("select count(*) from tk_log where slot in " + list)) {
          rows.next();
          assertThat(rows.getLong(1)).as("log of " + database.getKey()).isZero();
        }
        try (ResultSet rows =
            statement.executeQuery(
                "select slot, state, capture from tk_slot where slot in " + list)) {
          while (rows.next()) {
            boolean owner = map.shardOf(rows.getInt(1)).equals(database.getKey());
            assertThat(rows.getString(2) + rows.getInt(3))
                .as("slot " + rows.getInt(1) + " of " + database.getKey())
                .isEqualTo((owner ? "OWNED" : "FOREIGN") + "0");
          }
        }
      }
    }
  }
}
