// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.move.Things.OPTIONS;
import static io.scalingtoolkit.sharding.move.Things.at;
import static io.scalingtoolkit.sharding.move.Things.run;
import static io.scalingtoolkit.sharding.move.Things.thing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What databases that are away, other movers and large slots could break. */
class AttackIT {
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void run_targetLeavesTheMapMeanwhile_isUndone(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      Mover mover =
          setup
              .mover()
              .options(OPTIONS)
              .listener(
                  at(
                      "freeze",
                      () -> {
                        try {
                          assertThat(setup.store.replace(setup.store.load().withoutShard("s2")))
                              .isTrue();
                        } catch (SQLException e) {
                          throw new IllegalStateException(e);
                        }
                      }))
              .build();

      MoveReport report = mover.run(setup.all());

      assertThat(report.moves().get(0).state()).isEqualTo(MoveState.ABORTED);
      assertThat(report.moves().get(0).progress()).contains("\"s2\"");
      setup.assertNothingLeft();
    }
  }

  /** Its customers are not copied yet when the log says that a purchase has changed. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void run_childChangesBeforeItsParentIsCopied_waitsForIt(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      String change =
          product.equals("mariadb")
              ? "update purchase set customer_id = customer_id + 0"
              : "update purchase set customer_id = customer_id";
      Mover mover =
          setup
              .mover()
              .options(OPTIONS)
              .listener(
                  at(
                      "copy",
                      () -> {
                        try {
                          run(setup.databases.get("s1"), change);
                        } catch (SQLException e) {
                          throw new IllegalStateException(e);
                        }
                      }))
              .build();

      MoveReport report = mover.run(setup.all());

      assertThat(report.isDone()).as(report.toString()).isTrue();
      setup.assertNothingLeft();
    }
  }

  @Test
  void run_targetIsNotInTheMap_isRefusedBeforeItBegins() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.store.replace(setup.store.load().withoutShard("s2"));

      assertThatThrownBy(() -> setup.mover().build().run(setup.all()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("\"s2\"");

      assertThat(setup.mover().build().moves()).isEmpty();
    }
  }

  /** The target dies while writers are kept out: they are let in again without it. */
  @Test
  void run_targetDiesInTheFreeze_writersAreLetIn() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      Intercepted.Away target = new Intercepted.Away(setup.databases.get("s2"));
      Mover mover = mover(setup, target, at("freeze.done", () -> target.away = true));

      assertThatThrownBy(() -> mover.run(setup.all())).isInstanceOf(SQLException.class);

      run(setup.databases.get("s1"), "update customer set version = 9");
      target.away = false;
      Mover other = mover(setup, target, MoveListener.NONE);
      await().until(() -> !other.resume().moves().isEmpty());
      setup.assertNothingLeft();
    }
  }

  /** As before, and the mover dies too, before it lets writers in. */
  @ParameterizedTest
  @ValueSource(strings = {"freeze.done", "abort.source"})
  void unblock_targetAndMoverDead_writersAreLetIn(String last) throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      Intercepted.Away target = new Intercepted.Away(setup.databases.get("s2"));
      MoveListener listener =
          new MoveListener() {
            @Override
            public void step(Move move, String step) {
              if (step.equals("freeze.done")) {
                target.away = true;
              }
              if (step.equals(last)) {
                throw new Soaking.Killed();
              }
            }
          };
      Mover mover = mover(setup, target, listener);
      assertThatThrownBy(() -> mover.run(setup.all())).isInstanceOf(Soaking.Killed.class);
      Mover other = mover(setup, target, MoveListener.NONE);

      await()
          .until(
              () -> {
                try {
                  return other.unblock() > 0;
                } catch (SQLException away) {
                  return true;
                }
              });

      run(setup.databases.get("s1"), "update customer set version = 9");
      target.away = false;
      await().until(() -> !other.resume().moves().isEmpty());
      setup.assertNothingLeft();
    }
  }

  /** The way back fails while writers are kept out of the target: they are let in there again. */
  @Test
  void rollBack_sourceDiesInTheFreeze_writersAreLetIn() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      String id = Soaking.begin(setup, OPTIONS);
      Intercepted.Away source = new Intercepted.Away(setup.databases.get("s1"));
      Mover mover =
          Mover.builder(setup.control, Shop.GUARD)
              .shard("s1", source)
              .shard("s2", setup.databases.get("s2"))
              .options(OPTIONS)
              .listener(at("freeze.done", () -> source.away = true))
              .build();
      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> mover.rollBack(id))
                      .isInstanceOf(SQLException.class)
                      .hasMessageContaining("away"));

      run(setup.databases.get("s2"), "update customer set version = 9");
      source.away = false;
      await().until(() -> !mover.resume().moves().isEmpty());
      setup.assertNothingLeft();
    }
  }

  /** One database that is away keeps no other move from being resumed. */
  @Test
  void resume_oneTargetIsAway_othersGoOn() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2", "s3");
      setup.fill(20);
      Intercepted.Away target = new Intercepted.Away(setup.databases.get("s2"));
      List<SlotPlanner.Transfer> transfers =
          List.of(
              new SlotPlanner.Transfer(SlotSet.range(0, 7), "s1", "s2"),
              new SlotPlanner.Transfer(SlotSet.range(8, 15), "s1", "s3"));
      for (SlotPlanner.Transfer transfer : transfers) {
        Mover dies =
            setup
                .mover()
                .options(OPTIONS)
                .listener(
                    at(
                        "freeze.done",
                        () -> {
                          throw new Soaking.Killed();
                        }))
                .build();
        assertThatThrownBy(() -> dies.run(List.of(transfer))).isInstanceOf(Soaking.Killed.class);
      }
      target.away = true;
      Mover other =
          Mover.builder(setup.control, Shop.GUARD)
              .shard("s1", setup.databases.get("s1"))
              .shard("s2", target)
              .shard("s3", setup.databases.get("s3"))
              .options(OPTIONS)
              .build();

      await()
          .until(
              () -> {
                try {
                  return other.resume().moves().size() < 0;
                } catch (SQLException away) {
                  return other.moves().get(1).state() == MoveState.DONE;
                }
              });

      target.away = false;
      await().until(() -> !other.resume().moves().isEmpty());
      setup.assertNothingLeft();
    }
  }

  private static Mover mover(MoveSetup setup, DataSource target, MoveListener listener)
      throws SQLException {
    return Mover.builder(setup.control, Shop.GUARD)
        .shard("s1", setup.databases.get("s1"))
        .shard("s2", target)
        .options(OPTIONS)
        .listener(listener)
        .build();
  }

  /** A slot larger than the lease is long: nobody may think that its mover is dead. */
  @Test
  void run_slotTakesLongerThanTheLease_keepsTheMove() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Engine engine = Engine.of("postgres")) {
      Things things =
          new Things(
              engine, "create table thing (id bigint primary key, slot_id integer not null)");
      List<String> inserts = new ArrayList<>();
      for (long id = 0; inserts.size() < 500; id++) {
        if (things.slot(id) == 2) {
          inserts.add("insert into thing values (" + id + ", 2)");
        }
      }
      run(things.databases.get(0), inserts.toArray(new String[0]));
      MoveOptions slow =
          new MoveOptions(
              4,
              20,
              200,
              1_000,
              Duration.ofMillis(100),
              10,
              Duration.ofSeconds(1),
              Duration.ofSeconds(2),
              Duration.ZERO);
      Mover first = things.mover().options(slow).build();
      Mover second = things.mover().build();

      Future<MoveReport> report = executor.submit(() -> first.run(things.all()));
      List<Move> taken = new ArrayList<>();
      while (!report.isDone()) {
        taken.addAll(second.resume().moves());
        LockSupport.parkNanos(1_000_000);
      }

      assertThat(report.get().isDone()).isTrue();
      assertThat(taken).isEmpty();
    } finally {
      executor.shutdownNow();
    }
  }

  /**
   * Writers that end one after the other, each just in time, add up to one patience, not to many.
   */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void lock_writersOfManySlots_waitsOnePatience(String product) throws Exception {
    ScheduledExecutorService executor = Executors.newScheduledThreadPool(2);
    try (Engine engine = Engine.of(product)) {
      Things things =
          new Things(
              engine, "create table thing (id bigint primary key, slot_id integer not null)");
      HikariDataSource database = things.databases.get(0);
      List<Future<?>> ends = new ArrayList<>();
      for (int slot = 0; slot < 4; slot++) {
        Connection writer = database.getConnection();
        writer.setAutoCommit(false);
        try (Statement statement = writer.createStatement()) {
          statement.execute("insert into thing values (" + slot + ", " + slot + ")");
        }
        ends.add(
            executor.schedule(
                () -> {
                  writer.commit();
                  writer.close();
                  return true;
                },
                300L * (slot + 1),
                TimeUnit.MILLISECONDS));
      }
      ShardSide side = ShardSide.open("s1", database, thing().tables());

      assertThat(side.locked(SlotSet.range(0, 3), Duration.ofMillis(400), own -> {})).isFalse();

      for (Future<?> end : ends) {
        end.get();
      }
      assertThat(side.locked(SlotSet.range(0, 3), Duration.ofMillis(400), own -> {})).isTrue();
    } finally {
      executor.shutdownNow();
    }
  }
}
