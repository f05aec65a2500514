// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.ShardScope;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.move.ShardedTable.KeyType;
import io.scalingtoolkit.sharding.query.Combine;
import io.scalingtoolkit.sharding.query.MergedRows;
import io.scalingtoolkit.sharding.query.ShardQuery;
import io.scalingtoolkit.sharding.query.SortColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The snippets of the guides, one after the other as a reader would go. */
@SuppressWarnings("try") // scopes are opened for what happens inside them
class ShardingGuideIT {
  private static DataSource poolA;
  private static DataSource poolB;
  private static DataSource poolC;

  @Test
  void guide_fromOneShardToThree_works() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      HikariDataSource controlDb = engine.database();
      poolA = engine.database();
      poolB = engine.database();
      poolC = engine.database();
      for (DataSource pool : new DataSource[] {poolA, poolB, poolC}) {
        Shop.create(pool);
      }
      SlotGuard guard = onboard(controlDb);
      ShardMapStore store = ShardMapStore.jdbc(controlDb);

      // snippet:open
      ShardedDataSource shards =
          ShardedDataSource.builder(store).shard("s1", poolA).shard("s2", poolB).build();
      // end
      try (shards) {
        long id = 42;
        // snippet:write
        ShardKey key = ShardKey.of(id);
        int slot = shards.route(key).slot();
        String name =
            shards.inShard(
                key,
                connection -> {
                  insertCustomer(connection, id, slot, "Ada"); // the row carries its slot
                  return nameOf(connection, id);
                });
        // end
        assertThat(name).isEqualTo("Ada");
        // snippet:jdbc
        try (Connection connection = shards.createConnectionBuilder().shardingKey(key).build()) {
          assertThat(nameOf(connection, id)).isEqualTo("Ada");
        }
        // end
        assertThat(inScope(shards, key, id)).isEqualTo("Ada");
        assertThat(again(shards, key, id)).isEqualTo("Ada");
        assertThat(shards.readInShard(key, Connection::isReadOnly)).isTrue();
        assertThat(shards.inShard(key, Connection::isReadOnly)).isFalse();
        queries(shards);
        assertThat(addShard(controlDb, store, guard, id)).isTrue();
      }
      drainAndBack(controlDb, store, guard);
    }
  }

  private static SlotGuard onboard(DataSource controlDb) throws SQLException {
    // snippet:onboard
    ShardMap map = ShardMap.of("s1", "s2"); // 4,096 slots, half of them at each
    ShardMapStore store = ShardMapStore.jdbc(controlDb);
    store.create(map); // does nothing where there is a map already

    SlotGuard guard =
        SlotGuard.of(
            ShardedTable.of("customer", "id", KeyType.INTEGER),
            ShardedTable.of("purchase", "customer_id", KeyType.INTEGER));
    guard.install(poolA, "s1", map);
    guard.install(poolB, "s2", map);
    // end
    return guard;
  }

  private static String inScope(ShardedDataSource shards, ShardKey key, long id)
      throws SQLException {
    // snippet:scope
    try (ShardScope scope = ShardScope.open(key);
        Connection connection = shards.getConnection()) { // to the shard of scope.key()
      return nameOf(connection, id);
    }
    // end
  }

  private static String again(ShardedDataSource shards, ShardKey key, long id) throws SQLException {
    // snippet:in-scope
    String found = shards.inScope(key, scope -> inTransactionOfSomebodyElse(shards, id));
    // end
    return found;
  }

  private static String inTransactionOfSomebodyElse(DataSource database, long id)
      throws SQLException {
    try (Connection connection = database.getConnection()) {
      return nameOf(connection, id);
    }
  }

  private static void queries(ShardedDataSource shards) throws SQLException {
    // snippet:query
    ShardQuery query = ShardQuery.builder(shards).build(); // one for the application

    try (MergedRows total =
        query
            .groupedBy()
            .combine(1, Combine.COUNT)
            .run("select count(*) from customer where {slots}")) {
      total.next();
      assertThat(total.row().getLong(1)).isEqualTo(1);
    }
    try (MergedRows newest =
        query
            .orderedBy(SortColumn.descending(1))
            .limit(100)
            .run("select id, name from customer where {slots} order by id desc limit {limit}")) {
      while (newest.next()) {
        assertThat(newest.row().getString(2)).isEqualTo("Ada");
      }
    }
    // end
  }

  private static boolean addShard(
      DataSource controlDb, ShardMapStore store, SlotGuard guard, long id) throws SQLException {
    // snippet:add
    guard.install(poolC, "s3", store.load()); // after the schema is there
    store.replace(store.load().withShard(Shard.of("s3")));

    Mover mover =
        Mover.builder(controlDb, guard)
            .shard("s1", poolA)
            .shard("s2", poolB)
            .shard("s3", poolC)
            .build();
    MoveReport report = mover.run(SlotPlanner.rebalance(store.load()));
    // end
    assertThat(report.longestPause()).isPositive();
    ShardMap map = store.load();
    assertThat(map.slotsOf("s3").size()).isBetween(1_365, 1_366);
    try (ShardedDataSource three =
        ShardedDataSource.builder(store)
            .shard("s1", poolA)
            .shard("s2", poolB)
            .shard("s3", poolC)
            .build()) {
      String name = three.inShard(ShardKey.of(id), connection -> nameOf(connection, id));
      assertThat(name).isEqualTo("Ada");
    }
    return report.isDone();
  }

  private static void drainAndBack(DataSource controlDb, ShardMapStore store, SlotGuard guard)
      throws SQLException {
    // snippet:drain
    Mover mover =
        Mover.builder(controlDb, guard)
            .shard("s1", poolA)
            .shard("s2", poolB)
            .shard("s3", poolC)
            .options(MoveOptions.DEFAULT.withGroupSize(512).withSoak(Duration.ofMillis(200)))
            .build();
    mover.run(SlotPlanner.drain(store.load(), "s3"));
    store.replace(store.load().withoutShard("s3"));
    // end
    assertThat(store.load().hasShard("s3")).isFalse();
    // snippet:resume
    mover.resume(); // moves whose mover is gone: goes on, or undoes what has not taken effect
    for (Move move : mover.moves()) {
      if (move.state() == MoveState.SOAKING) {
        mover.rollBack(move.id()); // back to where it came from, with all that was written since
      }
    }
    // end
    assertThat(mover.moves()).allMatch(move -> move.state() == MoveState.DONE);
  }

  private static void insertCustomer(Connection connection, long id, int slot, String name)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into customer (id, slot_id, name, version) values (?, ?, ?, 0)")) {
      insert.setLong(1, id);
      insert.setInt(2, slot);
      insert.setString(3, name);
      insert.executeUpdate();
    }
  }

  private static String nameOf(Connection connection, long id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("select name from customer where id = ?")) {
      select.setLong(1, id);
      try (ResultSet rows = select.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }
  }
}
