// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.move.Engine;
import io.scalingtoolkit.sharding.move.Mover;
import io.scalingtoolkit.sharding.move.ShardedTable;
import io.scalingtoolkit.sharding.move.SlotGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes that start at once on an empty control database. */
class FirstMapIT {
  private static final int PROCESSES = 6;
  private static final int DATABASES = 4;

  private record Seen(boolean created, ShardMap map) {}

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void create_byManyAtOnce_oneWinsAndAllSeeItsMap(String product) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(PROCESSES);
    try (Engine engine = Engine.of(product)) {
      for (int round = 0; round < DATABASES; round++) {
        HikariDataSource control = engine.database();
        CyclicBarrier start = new CyclicBarrier(PROCESSES);
        List<Future<Seen>> all = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
          ShardMap first = ShardMap.of(SlotStrategy.hash(16), List.of(Shard.of("s" + i)));
          all.add(executor.submit(() -> start(control, first, start)));
        }
        List<Seen> seen = new ArrayList<>();
        for (Future<Seen> each : all) {
          seen.add(each.get());
        }

        assertThat(seen).filteredOn(Seen::created).hasSize(1);
        assertThat(seen).extracting(each -> each.map().shards()).containsOnly(winner(seen));
      }
    } finally {
      executor.shutdownNow();
    }
  }

  private static List<Shard> winner(List<Seen> seen) {
    return seen.stream().filter(Seen::created).findFirst().orElseThrow().map().shards();
  }

  private static Seen start(HikariDataSource control, ShardMap first, CyclicBarrier start)
      throws Exception {
    control.getConnection().close();
    start.await();
    ShardMapStore store = ShardMapStore.jdbc(control);
    boolean created = store.create(first);
    Mover mover =
        Mover.builder(
                control, SlotGuard.of(ShardedTable.of("thing", "id", ShardedTable.KeyType.INTEGER)))
            .build();
    assertThat(mover.moves()).isEmpty();
    return new Seen(created, store.load());
  }
}
