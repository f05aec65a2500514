// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.move.Things.assume;
import static io.scalingtoolkit.sharding.move.Things.at;
import static io.scalingtoolkit.sharding.move.Things.run;
import static io.scalingtoolkit.sharding.move.Things.texts;
import static io.scalingtoolkit.sharding.move.Things.thing;
import static io.scalingtoolkit.sharding.move.Things.unchecked;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Strange tables, keys and values, and many writers, which a move could get wrong. */
class AttackRowsIT {
  /**
   * Writers that end one after the other, each just in time, add up to one patience, not to many.
   */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void lock_writersOfManySlots_waitsOnePatience(String product) throws Exception {
    assume(product);
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

  /** A cart whose line is taken out and put in again, under another number. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void move_uniqueValueGoesToAnotherRow_isFollowed(String product) throws Exception {
    assume(product);
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

  /** A difference in a row whose key is padded must not pass for none. */
  @Test
  void stillDifferent_paddedKey_isSeen() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      Things things =
          new Things(
              engine,
              "create table thing (code char(6) primary key, id bigint not null, slot_id integer not"
                  + " null)");
      int slot = things.slot(7);
      run(things.databases.get(0), "insert into thing values ('ab', 7, " + slot + ")");
      ShardSide source = ShardSide.open("s1", things.databases.get(0), thing().tables());
      ShardSide target = ShardSide.open("s2", things.databases.get(1), thing().tables());
      Verifier verifier = new Verifier(source, target, things.store.load());
      var found = verifier.compare(source.shapes().get(0), slot, 1).different();
      assertThat(found).hasSize(1);

      RowCopy copy = new RowCopy(source, target, SlotSet.range(0, 3));
      assertThat(verifier.stillDifferent(copy, found)).hasSize(1);
    }
  }
}
