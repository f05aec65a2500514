// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
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
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Shards with one table of a user's making, and what tests of such need. */
final class Things {
  static final MoveOptions OPTIONS =
      MoveOptions.DEFAULT.withGroupSize(MoveSetup.SLOTS).withLease(Duration.ofSeconds(1));

  final HikariDataSource control;
  final ShardMapStore store;
  final List<HikariDataSource> databases = new ArrayList<>();

  Things(Engine engine, String table) throws SQLException {
    this(engine, engine, table, table);
  }

  Things(Engine from, Engine to, String left, String right) throws SQLException {
    control = to.database();
    store = ShardMapStore.jdbc(control);
    store.create(
        ShardMap.of(SlotStrategy.hash(4), List.of(Shard.of("s1"))).withShard(Shard.of("s2")));
    for (int i = 0; i < 2; i++) {
      HikariDataSource database = (i == 0 ? from : to).database();
      databases.add(database);
      run(database, i == 0 ? left : right);
      thing().install(database, "s" + (i + 1), store.load());
    }
  }

  int slot(long id) throws SQLException {
    return store.load().slotOf(id);
  }

  Mover.Builder mover() {
    return Mover.builder(control, thing())
        .shard("s1", databases.get(0))
        .shard("s2", databases.get(1))
        .options(OPTIONS);
  }

  List<SlotPlanner.Transfer> all() {
    return List.of(new SlotPlanner.Transfer(SlotSet.range(0, 3), "s1", "s2"));
  }

  static void run(DataSource database, String... statements) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  static List<String> texts(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    }
  }

  /** Calls once at a step. */
  static MoveListener at(String label, Runnable action) {
    return new MoveListener() {
      private boolean done;

      @Override
      public void step(Move move, String step) {
        if (step.equals(label) && !done) {
          done = true;
          action.run();
        }
      }
    };
  }

  static SlotGuard thing() {
    return SlotGuard.of(ShardedTable.of("thing", "id", ShardedTable.KeyType.INTEGER));
  }

  static HikariDataSource pool(String url, String init) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(4);
    config.setMinimumIdle(0);
    config.setConnectionInitSql(init);
    return new HikariDataSource(config);
  }

  static void unchecked(DataSource database, String... statements) {
    try {
      run(database, statements);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
