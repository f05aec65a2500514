// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.process.Workspace;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process of the application is stopped with SIGSTOP while its slots move, and goes on
 * afterwards.
 */
class StoppedApplicationIT {
  private static final MoveOptions OPTIONS =
      MoveOptions.DEFAULT.withGroupSize(MoveSetup.SLOTS).withLease(Duration.ofSeconds(1));
  private static final int CUSTOMERS = 50;
  private static final long FIRST = 1_000_000;

  private final Workspace workspace = Workspace.open("shop");
  private final ExecutorService executor = Executors.newSingleThreadExecutor();

  @AfterEach
  void close() {
    executor.shutdownNow();
    workspace.close();
  }

  private ShopProcess open(Engine engine, MoveSetup setup) {
    ShopProcess shop = ShopProcess.start(workspace, "shop");
    shop.open(FIRST, MoverProcess.addresses(setup, engine));
    await().until(() -> shop.writes() > 100);
    return shop;
  }

  private static Ledger awaitWrites(ShopProcess shop) throws Exception {
    long before = shop.writes();
    await().until(() -> shop.writes() > before + 50);
    return shop.end();
  }

  /** It has open connections to the old shard, and knows the old map. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void process_stoppedBetweenTransactions_isRoutedAnew(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(CUSTOMERS);
      try (ShopProcess shop = open(engine, setup)) {
        shop.hold();
        shop.freeze();

        assertThat(setup.mover().options(OPTIONS).build().run(setup.all()).isDone()).isTrue();
        shop.sendLetGo();
        shop.thaw();

        Ledger told = awaitWrites(shop);
        assertThat(told.failures()).isEmpty();
        assertThat(told.and(setup.filled(CUSTOMERS)).compare(setup).isEmpty()).isTrue();
        setup.assertNothingLeft();
      }
    }
  }

  /** For less than the lease of its map, so that it asks nobody before it writes. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void process_stoppedShortly_isRefusedAndRoutedAnew(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(CUSTOMERS);
      try (ShopProcess shop = open(engine, setup)) {
        shop.hold();
        shop.freeze();
        MoveListener goesOn =
            Things.at(
                "FINALIZING",
                () -> {
                  shop.sendLetGo();
                  shop.thaw();
                });

        assertThat(
                setup.mover().options(OPTIONS).listener(goesOn).build().run(setup.all()).isDone())
            .isTrue();

        Ledger told = awaitWrites(shop);
        assertThat(told.failures()).isEmpty();
        assertThat(told.refusals()).isPositive();
        assertThat(told.and(setup.filled(CUSTOMERS)).compare(setup).isEmpty()).isTrue();
        setup.assertNothingLeft();
      }
    }
  }

  /** Its connection is that of the old shard, whose rows are gone when it goes on. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void process_stoppedBeforeItsFirstStatement_doesItsWorkAgain(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(CUSTOMERS);
      try (ShopProcess shop = open(engine, setup)) {
        shop.hold();
        shop.updateLate(7);
        shop.freeze();

        assertThat(setup.mover().options(OPTIONS).build().run(setup.all()).isDone()).isTrue();
        shop.sendCommit();
        shop.thaw();
        shop.awaitCommit();
        shop.sendLetGo();

        assertThat(
                Things.texts(
                    setup.databases.get("s2"), "select version from customer where id = 7"))
            .isEqualTo(List.of(String.valueOf(ShopMain.LATE_VERSION)));
        assertThat(awaitWrites(shop).failures()).isEmpty();
        setup.assertNothingLeft();
      }
    }
  }

  /** Its locks last for as long as it does; the move waits for them, and goes through then. */
  @ParameterizedTest
  @ValueSource(strings = "postgres")
  void process_stoppedInATransaction_isWaitedFor(String product) throws Exception {
    long late = 5_000_000;
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(CUSTOMERS);
      try (ShopProcess shop = open(engine, setup)) {
        MoveListener stops =
            Things.at(
                "VERIFYING",
                () -> {
                  shop.hold();
                  shop.insertLate(late);
                  shop.freeze();
                });
        Mover mover = setup.mover().options(OPTIONS).listener(stops).build();
        Future<MoveReport> report = executor.submit(() -> mover.run(setup.all()));
        await().until(() -> mover.moves().get(0).state() == MoveState.FREEZING);
        await()
            .during(Duration.ofMillis(1_500))
            .until(() -> mover.moves().get(0).state() == MoveState.FREEZING);

        shop.sendCommit();
        shop.thaw();
        shop.awaitCommit();
        shop.sendLetGo();

        assertThat(report.get(30, TimeUnit.SECONDS).isDone()).isTrue();
        Ledger told = awaitWrites(shop);
        assertThat(told.failures()).isEmpty();
        int slot = setup.first.slotOf(late);
        told.customers().put("" + late, late + "|" + slot + "|customer " + late + "|0");
        assertThat(told.and(setup.filled(CUSTOMERS)).compare(setup).isEmpty()).isTrue();
      }
    }
  }
}
