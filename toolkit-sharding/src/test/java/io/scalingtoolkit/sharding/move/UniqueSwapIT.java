// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.move.Things.OPTIONS;
import static io.scalingtoolkit.sharding.move.Things.at;
import static io.scalingtoolkit.sharding.move.Things.run;
import static io.scalingtoolkit.sharding.move.Things.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that take unique values from each other while they are carried over. */
class UniqueSwapIT {
  private static final String NAMES =
      "select concat(id, ' ', name) as row_text from thing order by id";

  private static Things things(Engine engine) throws SQLException {
    Things things =
        new Things(
            engine,
            "create table thing (id bigint primary key, name varchar(20) not null unique, slot_id"
                + " integer not null)");
    for (int id = 1; id <= 6; id++) {
      run(things.databases.get(0), insert(things, id, "n" + id));
    }
    return things;
  }

  private static String insert(Things things, long id, String name) throws SQLException {
    return "insert into thing values (%d, '%s', %d)".formatted(id, name, things.slot(id));
  }

  /** In one transaction, so that no batch has a part of it only. */
  private static void together(HikariDataSource database, List<String> statements) {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String sql : statements) {
        statement.execute(sql);
      }
      connection.commit();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String name(long id, String name) {
    return "update thing set name = '" + name + "' where id = " + id;
  }

  private static void assertFollowed(Things things, List<String> changes, String... rows)
      throws SQLException {
    HikariDataSource source = things.databases.get(0);
    MoveListener listener = at("catch-up", () -> together(source, changes));

    MoveReport report = things.mover().listener(listener).build().run(things.all());

    assertThat(report.isDone()).as(report.toString()).isTrue();
    assertThat(texts(things.databases.get(1), NAMES)).containsExactly(rows);
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void run_twoRowsSwapTheirValues_isFollowed(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      assertFollowed(
          things(engine),
          List.of(name(1, "free"), name(2, "n1"), name(1, "n2")),
          "1 n2",
          "2 n1",
          "3 n3",
          "4 n4",
          "5 n5",
          "6 n6");
    }
  }

  /** One that goes, one that takes its value, one that takes that, and a circle of three. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void run_valuesGoAlongChainsAndCircles_isFollowed(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      Things things = things(engine);
      List<String> changes = new ArrayList<>();
      changes.add("delete from thing where id = 1");
      changes.add(name(2, "n1"));
      changes.add(insert(things, 9, "n2"));
      changes.add(name(3, "free"));
      changes.add(name(4, "n3"));
      changes.add(name(5, "n4"));
      changes.add(name(3, "n5"));
      // Each once more, so that those that need a value come before those that have it.
      changes.add("update thing set name = concat(name, 'x') where id = 2");
      changes.add(name(2, "n1"));
      assertFollowed(things, changes, "2 n1", "3 n5", "4 n3", "5 n4", "6 n6", "9 n2");
    }
  }

  /** They cannot go without the rows that refer to them. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void run_rowsThatOthersReferToSwapTheirValues_isFollowed(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      for (HikariDataSource database : setup.databases.values()) {
        run(database, "create unique index customer_name on customer (name)");
      }
      setup.fill(20);
      List<String> changes =
          List.of(
              "update customer set name = 'free' where id = 3",
              "update customer set name = 'customer 3' where id = 4",
              "update customer set name = 'customer 4' where id = 3");
      HikariDataSource source = setup.databases.get("s1");
      MoveListener listener = at("catch-up", () -> together(source, changes));

      MoveReport report =
          setup.mover().options(OPTIONS).listener(listener).build().run(setup.all());

      assertThat(report.isDone()).as(report.toString()).isTrue();
      HikariDataSource target = setup.databases.get("s2");
      assertThat(texts(target, "select name from customer where id in (3, 4) order by id"))
          .containsExactly("customer 4", "customer 3");
      assertThat(texts(target, "select count(*) from purchase")).containsExactly("20");
      setup.assertNothingLeft();
    }
  }
}
