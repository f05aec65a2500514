// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import io.scalingtoolkit.sharding.move.Mover;
import io.scalingtoolkit.sharding.move.ShardedTable;
import io.scalingtoolkit.sharding.move.SlotGuard;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.sqlite.SQLiteDataSource;

/** What {@code /actuator/shards} shows. */
class ShardsEndpointTest {
  private final WebApplicationContextRunner runner =
      new WebApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(ShardsEndpointAutoConfiguration.class))
          .withPropertyValues("management.endpoints.web.exposure.include=shards");

  private static DataSource database(Path folder, String name) {
    SQLiteDataSource database = new SQLiteDataSource();
    database.setUrl("jdbc:sqlite:" + folder.resolve(name + ".db"));
    return database;
  }

  @Test
  void status_afterAMove_showsSlotsAndTheMove(@TempDir Path folder) throws SQLException {
    ShardMap map =
        ShardMap.of(SlotStrategy.hash(16), List.of(Shard.of("s1"))).withShard(Shard.of("s2"));
    DataSource control = database(folder, "control");
    ShardMapStore store = ShardMapStore.jdbc(control);
    assertThat(store.create(map)).isTrue();
    SlotGuard guard = SlotGuard.of(ShardedTable.of("thing", "id", ShardedTable.KeyType.INTEGER));
    DataSource first = database(folder, "s1");
    DataSource second = database(folder, "s2");
    for (DataSource shard : List.of(first, second)) {
      try (Connection connection = shard.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("create table thing (id integer primary key, slot_id integer not null)");
      }
    }
    guard.install(first, "s1", map);
    guard.install(second, "s2", map);
    Mover mover = Mover.builder(control, guard).shard("s1", first).shard("s2", second).build();
    assertThat(mover.run(SlotPlanner.rebalance(store.load())).isDone()).isTrue();
    try (ShardedDataSource shards =
        ShardedDataSource.builder(store).shard("s1", first).shard("s2", second).build()) {
      runner
          .withBean(ShardedDataSource.class, () -> shards)
          .withBean(Mover.class, () -> mover)
          .run(
              context -> {
                ShardsEndpoint.Status status = context.getBean(ShardsEndpoint.class).status();

                assertThat(status.version()).isEqualTo(3);
                assertThat(status.shards())
                    .containsExactly(
                        new ShardsEndpoint.ShardStatus("s1", 1, 8),
                        new ShardsEndpoint.ShardStatus("s2", 1, 8));
                assertThat(status.moves()).hasSize(1);
                assertThat(status.moves().get(0).state()).isEqualTo("DONE");
                assertThat(status.moves().get(0).slots()).isEqualTo("8-15");
              });
    }
  }

  @Test
  void withoutShardedDataSource_thereIsNone() {
    runner.run(context -> assertThat(context).doesNotHaveBean(ShardsEndpoint.class));
  }
}
