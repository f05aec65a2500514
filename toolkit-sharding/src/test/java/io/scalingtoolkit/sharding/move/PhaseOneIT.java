// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.sharding.ShardedDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the file of one process to a server, while it is written, and back again. */
class PhaseOneIT {
  private static final MoveOptions OPTIONS =
      MoveOptions.DEFAULT
          .withGroupSize(MoveSetup.SLOTS)
          .withLease(Duration.ofSeconds(1))
          .withSoak(Duration.ofSeconds(1));

  private static MoveSetup setup(Engine sqlite, Engine server) throws SQLException {
    Map<String, Engine> shards = new LinkedHashMap<>();
    shards.put("file", sqlite);
    shards.put("server", server);
    return new MoveSetup(server.database(), shards);
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void sqlite_toServerUnderWriters_losesNothing(String product) throws Exception {
    try (Engine sqlite = Engine.of("sqlite");
        Engine server = Engine.of(product)) {
      MoveSetup setup = setup(sqlite, server);
      setup.fill(500);
      try (ShardedDataSource shards = setup.open();
          Buyers buyers = new Buyers()) {
        buyers.users(shards, 2, 1_000_000, 30, 11);
        await().until(() -> buyers.writes() > 50);

        MoveReport report = setup.mover().options(OPTIONS).build().run(setup.all());

        assertThat(report.isDone()).as(report.toString()).isTrue();
        long after = buyers.writes();
        await().until(() -> buyers.writes() > after + 50);
        assertThat(buyers.stop()).isEmpty();
        setup.assertRows(buyers, 500);
        setup.assertNothingLeft();
        try (Connection old = setup.databases.get("file").getConnection()) {
          assertThatThrownBy(() -> Shop.insert(old, setup.first.slotOf(7_000_000), 7_000_000))
              .matches(SlotGuard::isRefusal);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = "postgres")
  void sqlite_rolledBackAfterTraffic_hasWhatWasWrittenSince(String product) throws Exception {
    try (Engine sqlite = Engine.of("sqlite");
        Engine server = Engine.of(product)) {
      MoveSetup setup = setup(sqlite, server);
      setup.fill(300);
      try (ShardedDataSource shards = setup.open();
          Buyers buyers = new Buyers()) {
        buyers.users(shards, 2, 1_000_000, 30, 13);
        String id = Soaking.begin(setup, OPTIONS);
        long before = buyers.writes();
        await().until(() -> buyers.writes() > before + 200);

        Soaking.rollBack(setup, OPTIONS, id);

        long after = buyers.writes();
        await().until(() -> buyers.writes() > after + 20);
        assertThat(buyers.stop()).isEmpty();
        assertThat(setup.store.load().shardOf(0)).isEqualTo("file");
        setup.assertRows(buyers, 300);
        setup.assertNothingLeft();
      }
    }
  }
}
