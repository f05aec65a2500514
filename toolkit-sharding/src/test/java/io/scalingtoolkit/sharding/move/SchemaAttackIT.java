// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.move.Things.OPTIONS;
import static io.scalingtoolkit.sharding.move.Things.at;
import static io.scalingtoolkit.sharding.move.Things.pool;
import static io.scalingtoolkit.sharding.move.Things.run;
import static io.scalingtoolkit.sharding.move.Things.texts;
import static io.scalingtoolkit.sharding.move.Things.thing;
import static io.scalingtoolkit.sharding.move.Things.unchecked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What strange tables, sessions and statements could break. */
class SchemaAttackIT {
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void update_toSlotThatIsUnknownOrNull_isRefused(String product) throws Exception {
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

  /** Installing again, as at every start, must leave no moment without triggers. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void install_again_isGuardedAllTheTime(String product) throws Exception {
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
          new Intercepted.Watched(
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

  /** A cart whose line is taken out and put in again, under another number. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void move_uniqueValueGoesToAnotherRow_isFollowed(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      Things things =
          new Things(
              engine,
              "create table thing (id bigint primary key, name varchar(20) not null unique, slot_id"
                  + " integer not null)");
      HikariDataSource source = things.databases.get(0);
      run(source, "insert into thing values (7, 'ada', " + things.slot(7) + ")");
      MoveListener listener =
          at(
              "catch-up",
              () ->
                  unchecked(
                      source,
                      "delete from thing where id = 7",
                      "insert into thing select 8, 'ada', slot from tk_slot where slot = "
                          + uncheckedSlot(things, 8)));

      MoveReport report = things.mover().listener(listener).build().run(things.all());

      assertThat(report.isDone()).as(report.toString()).isTrue();
      assertThat(texts(things.databases.get(1), "select id from thing")).containsExactly("8");
    }
  }

  private static int uncheckedSlot(Things things, long id) {
    try {
      return things.slot(id);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** SQLite tables without row numbers, and ones that have a column of that name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "create table thing (id integer not null, note text, slot_id integer not null, primary key (id)) without rowid",
        "create table thing (id bigint primary key, rowid text, slot_id integer not null)"
      })
  void move_sqliteRowIds_purgesItsOwnRowsOnly(String table) throws Exception {
    try (Engine sqlite = Engine.of("sqlite");
        Engine postgres = Engine.of("postgres")) {
      Things things =
          new Things(
              sqlite,
              postgres,
              table,
              "create table thing (id bigint primary key, "
                  + (table.contains("note") ? "note" : "rowid")
                  + " text, slot_id integer not null)");
      for (long id = 0; id < 20; id++) {
        run(
            things.databases.get(0),
            "insert into thing values (" + id + ", 'same', " + things.slot(id) + ")");
      }

      MoveReport report =
          things
              .mover()
              .build()
              .run(List.of(new SlotPlanner.Transfer(SlotSet.range(0, 1), "s1", "s2")));

      assertThat(report.isDone()).isTrue();
      int stayed =
          Integer.parseInt(texts(things.databases.get(0), "select count(*) from thing").get(0));
      int moved =
          Integer.parseInt(texts(things.databases.get(1), "select count(*) from thing").get(0));
      assertThat(stayed + moved).isEqualTo(20);
      assertThat(moved).isPositive();
    }
  }

  /** Columns whose text depends on the session, or that drivers name in a way that misleads. */
  @Test
  void move_strangeTypes_arriveAsTheyWere() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      String table =
          "create type chart_kind as enum ('bar', 'pie');"
              + "create table thing (id bigint not null, raw bytea not null, day date not null, code"
              + " char(6) not null, kind chart_kind, n numeric, r real, d double precision, tags"
              + " text[], doc jsonb, slot_id integer not null, primary key (id, raw, day, code))";
      Things things = new Things(engine, table);
      HikariDataSource source = things.databases.get(0);
      int slot = things.slot(7);
      String row =
          "insert into thing values (7, '\\x00ff5c', '2026-05-11', '%s', 'pie', 'NaN', 'Infinity',"
              + " 'NaN', '{\"a,b\",NULL}', '{\"k\": [1, 2]}', "
              + slot
              + ")";
      run(source, row.formatted("ab"), row.formatted("ac"));
      MoveListener listener =
          at(
              "freeze",
              () ->
                  unchecked(
                      source,
                      "do $$ begin perform set_config('bytea_output', 'escape', true); "
                          + row.formatted("new")
                          + "; perform set_config('datestyle', 'SQL, DMY', true);"
                          + " update thing set doc = '{}' where code = 'ab';"
                          + " delete from thing where code = 'ac'; end $$"));

      MoveReport report = things.mover().listener(listener).build().run(things.all());

      assertThat(report.isDone()).as(report.toString()).isTrue();
      assertThat(
              texts(
                  things.databases.get(1),
                  "select concat_ws('|', encode(raw, 'hex'), day, code, kind, n, r, d, tags, doc) from"
                      + " thing order by code"))
          .containsExactly(
              "00ff5c|2026-05-11|ab    |pie|NaN|Infinity|NaN|{\"a,b\",NULL}|{}",
              "00ff5c|2026-05-11|new   |pie|NaN|Infinity|NaN|{\"a,b\",NULL}|{\"k\": [1, 2]}");
    }
  }
}
