// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.move.Things.run;
import static io.scalingtoolkit.sharding.move.Things.texts;
import static io.scalingtoolkit.sharding.move.Things.unchecked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables whose rows refer to others of the same table. */
class SelfReferenceIT {
  private static final String COUNT = "select count(*) from thing";

  /** In no order of their keys can rows be deleted that refer to others of their table. */
  @ParameterizedTest
  @CsvSource({"postgres, null", "mariadb, null", "mysql, null", "postgres, not null"})
  void run_rowsReferToTheirTable_areMovedAndPurged(String product, String nullable)
      throws Exception {
    try (Engine engine = Engine.of(product)) {
      Things things = new Things(engine, table(nullable));
      List<String> inserts = new ArrayList<>();
      for (long id = 0; id < 60; id++) {
        String root = nullable.equals("null") ? "null" : String.valueOf(id);
        inserts.add(insert(things, id, id % 10 == 0 ? root : String.valueOf(id - 1)));
      }
      run(things.databases.get(0), inserts.toArray(new String[0]));

      MoveReport report = mover(things, MoveListener.NONE).run(things.all());

      assertThat(report.isDone()).as(report.toString()).isTrue();
      assertThat(texts(things.databases.get(0), COUNT)).containsExactly("0");
      assertThat(texts(things.databases.get(1), COUNT)).containsExactly("60");
    }
  }

  /** Nobody could delete all of them there. */
  @ParameterizedTest
  @ValueSource(strings = {"mariadb", "mysql"})
  void install_rowsAlwaysReferToTheirTable_isRefused(String product) {
    try (Engine engine = Engine.of(product)) {
      assertThatThrownBy(() -> new Things(engine, table("not null")))
          .isInstanceOf(SQLFeatureNotSupportedException.class)
          .hasMessageContaining("to itself");
    }
  }

  /** Rows come in the order of their keys, and those they refer to later. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void run_rowsReferToLaterOnes_areCopied(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      Things things = new Things(engine, table("null"));
      HikariDataSource source = things.databases.get(0);
      for (long id = 60; id > 0; id--) {
        run(source, insert(things, id, id == 60 ? "null" : String.valueOf(id + 1)));
      }
      // A child first and then its parent, which changes after it; both before they are copied.
      MoveListener listener =
          Things.at(
              "copy",
              () -> {
                unchecked(source, insertUnchecked(things, 100, "60"));
                unchecked(source, insertUnchecked(things, 99, "100"));
                unchecked(source, "update thing set parent = null where id = 100");
                unchecked(source, "update thing set parent = 99 where id = 30");
              });

      MoveReport report = mover(things, listener).run(things.all());

      assertThat(report.isDone()).as(report.toString()).isTrue();
      assertThat(texts(things.databases.get(0), COUNT)).containsExactly("0");
      assertThat(texts(things.databases.get(1), COUNT)).containsExactly("62");
    }
  }

  private static String insertUnchecked(Things things, long id, String parent) {
    try {
      return insert(things, id, parent);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Rows of trees, which are sharded by the tree. */
  private static String table(String nullable) {
    return "create table thing (id bigint primary key, tree bigint not null, slot_id integer not"
        + " null, parent bigint "
        + nullable
        + ", foreign key (parent) references thing (id))";
  }

  private static String insert(Things things, long id, String parent) throws SQLException {
    return "insert into thing values (%d, 7, %d, %s)".formatted(id, things.slot(7), parent);
  }

  /** With chunks of a few rows. */
  private static Mover mover(Things things, MoveListener listener) throws SQLException {
    MoveOptions usual = Things.OPTIONS;
    return Mover.builder(
            things.control,
            SlotGuard.of(ShardedTable.of("thing", "tree", ShardedTable.KeyType.INTEGER)))
        .shard("s1", things.databases.get(0))
        .shard("s2", things.databases.get(1))
        .listener(listener)
        .options(
            new MoveOptions(
                usual.groupSize(),
                7,
                0,
                usual.logBudget(),
                usual.freezePatience(),
                usual.freezeAttempts(),
                usual.lease(),
                usual.readLease(),
                usual.soak()))
        .build();
  }
}
