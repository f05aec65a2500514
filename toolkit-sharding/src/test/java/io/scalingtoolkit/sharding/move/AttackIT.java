// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.move.Things.assume;
import static io.scalingtoolkit.sharding.move.Things.at;
import static io.scalingtoolkit.sharding.move.Things.pool;
import static io.scalingtoolkit.sharding.move.Things.run;
import static io.scalingtoolkit.sharding.move.Things.texts;
import static io.scalingtoolkit.sharding.move.Things.thing;
import static io.scalingtoolkit.sharding.move.Things.unchecked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hostile user, a strange schema or a database that is away could break. */
class AttackIT {
  private static final MoveOptions OPTIONS =
      MoveOptions.DEFAULT.withGroupSize(MoveSetup.SLOTS).withLease(Duration.ofSeconds(1));

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void update_toSlotThatIsUnknownOrNull_isRefused(String product) throws Exception {
    assume(product);
    try (Engine engine = Engine.of(product)) {
      HikariDataSource database = engine.database();
      run(database, "create table thing (id bigint not null primary key, slot_id integer)");
      thing().install(database, "s1", ShardMap.of(SlotStrategy.hash(4), List.of(Shard.of("s1"))));
      run(database, "insert into thing (id, slot_id) values (1, 1)");

      assertThatThrownBy(() -> run(database, "update thing set slot_id = 4711 where id = 1"))
          .matches(SlotGuard::isRefusal);
      assertThatThrownBy(() -> run(database, "update thing set slot_id = null where id = 1"))
          .matches(SlotGuard::isRefusal);
    }
  }

  /** The session of a foreign writer, of the mover and of the server may each have another zone. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void move_sessionsOfAnotherZone_keepTimes(String product) throws Exception {
    assume(product);
    boolean postgres = product.equals("postgres");
    try (Engine engine = Engine.of(product)) {
      Things things =
          new Things(
              engine,
              "create table thing (id bigint not null, at "
                  + (postgres ? "timestamptz(6)" : "timestamp(6)")
                  + " not null, seen "
                  + (postgres ? "timestamptz(6)" : "timestamp(6)")
                  + " null, slot_id integer not null, primary key (id, at))");
      HikariDataSource source = things.databases.get(0);
      String zone = postgres ? "set timezone = 'Asia/Tokyo'" : "set time_zone = '+09:00'";
      int slot = things.slot(7);
      run(
          source,
          zone,
          "insert into thing values (7, '2026-03-29 02:30:00.25', '2026-03-29 02:30:00.5', "
              + slot
              + ")");
      try (HikariDataSource left = pool(engine.url(source), zone);
          HikariDataSource right =
              pool(engine.url(things.databases.get(1)), zone.replace('9', '5'))) {
        Mover mover =
            Mover.builder(things.control, thing())
                .shard("s1", left)
                .shard("s2", right)
                .options(OPTIONS)
                .listener(
                    at(
                        "catch-up",
                        () ->
                            unchecked(
                                left,
                                "insert into thing values (7, '2026-07-01 10:00:00', null, "
                                    + slot
                                    + ")",
                                "update thing set seen = '2026-07-01 11:00:00'")))
                .build();

        MoveReport report = mover.run(things.all());

        assertThat(report.isDone()).as(report.toString()).isTrue();
        String epoch =
            postgres
                ? "select extract(epoch from at)::bigint || '/' || extract(epoch from seen)::bigint"
                    + " from thing order by at"
                : "select concat(floor(unix_timestamp(at)), '/', floor(unix_timestamp(seen))) from"
                    + " thing order by at";
        // In UTC 2026-03-28T17:30:00, 2026-07-01T01:00:00 and 02:00:00.
        assertThat(texts(things.databases.get(1), epoch))
            .containsExactly("1774719000/1782871200", "1782867600/1782871200");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void run_targetLeavesTheMapMeanwhile_isUndone(String product) throws Exception {
    assume(product);
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
      FaultyDatabase.Away target = new FaultyDatabase.Away(setup.databases.get("s2"));
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
      FaultyDatabase.Away target = new FaultyDatabase.Away(setup.databases.get("s2"));
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

  /** One database that is away keeps no other move from being resumed. */
  @Test
  void resume_oneTargetIsAway_othersGoOn() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2", "s3");
      setup.fill(20);
      FaultyDatabase.Away target = new FaultyDatabase.Away(setup.databases.get("s2"));
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

  /** Installing again, as at every start, must leave no moment without triggers. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void install_again_isGuardedAllTheTime(String product) throws Exception {
    assume(product);
    try (Engine engine = Engine.of(product)) {
      HikariDataSource database = engine.database();
      run(
          database,
          "create table thing (id bigint primary key, slot_id integer not null, other integer not"
              + " null)");
      ShardMap map = ShardMap.of(SlotStrategy.hash(4), List.of(Shard.of("s1")));
      thing().install(database, "elsewhere", map);
      // Other triggers than before, so that they have to be replaced.
      SlotGuard changed =
          SlotGuard.of(new ShardedTable("thing", "id", ShardedTable.KeyType.INTEGER, "other"));
      List<String> written = new ArrayList<>();
      DataSource watched =
          new FaultyDatabase.Watched(
              database,
              sql -> {
                try (Connection writer = database.getConnection();
                    Statement statement = writer.createStatement()) {
                  if (product.equals("postgres")) {
                    statement.execute("set lock_timeout = 100");
                  } else if (!product.equals("sqlite")) {
                    statement.execute("set session lock_wait_timeout = 1");
                  } else {
                    statement.execute("pragma busy_timeout = 100");
                  }
                  statement.execute("insert into thing values (1, 1, 1)");
                  written.add(sql);
                } catch (SQLException refused) {
                  // As it must be.
                }
              });

      changed.install(watched, "elsewhere", map);
      thing().install(watched, "elsewhere", map);

      assertThat(written).isEmpty();
    }
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
}
