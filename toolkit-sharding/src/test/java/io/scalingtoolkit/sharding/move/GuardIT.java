// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a shard lets through, at each isolation level and by each kind of statement. */
class GuardIT {
  private static final List<Integer> LEVELS =
      List.of(
          Connection.TRANSACTION_READ_COMMITTED,
          Connection.TRANSACTION_REPEATABLE_READ,
          Connection.TRANSACTION_SERIALIZABLE);
  private static final Duration PATIENCE = Duration.ofMillis(150);

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long count(Connection connection, String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from " + table)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static boolean freeze(HikariDataSource database, SlotSet slots) throws SQLException {
    ShardSide side = ShardSide.open("s1", database, Shop.GUARD.tables());
    return side.locked(
        slots, PATIENCE, connection -> SlotRows.set(connection, slots, SlotState.FROZEN, true));
  }

  private static void own(HikariDataSource database) throws SQLException {
    try (Connection connection = database.getConnection()) {
      run(connection, "update tk_slot set state = 'OWNED', capture = 0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void freeze_writerUnderWay_waitsForItsEndAtEachLevel(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      HikariDataSource database = setup.databases.get("s1");
      SlotSet slots = SlotSet.range(0, MoveSetup.SLOTS - 1);
      for (int level : LEVELS) {
        own(database);
        try (Connection writer = database.getConnection()) {
          writer.setTransactionIsolation(level);
          writer.setAutoCommit(false);
          assertThat(Shop.touch(writer, 3, 1)).isOne();
          assertThat(freeze(database, slots)).as("level " + level).isFalse();
          writer.commit();
          assertThat(freeze(database, slots)).as("level " + level).isTrue();
          writer.setAutoCommit(true);
        }
      }
    }
  }

  /** The trap of snapshots: the transaction began, and read, before the freeze. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void write_snapshotFromBeforeTheFreeze_isRefusedAtEachLevel(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      HikariDataSource database = setup.databases.get("s1");
      SlotSet slots = SlotSet.range(0, MoveSetup.SLOTS - 1);
      for (int level : LEVELS) {
        own(database);
        try (Connection writer = database.getConnection()) {
          writer.setTransactionIsolation(level);
          writer.setAutoCommit(false);
          if (level == Connection.TRANSACTION_SERIALIZABLE && !product.equals("postgres")) {
            // There every read locks; the snapshot is the point of this test.
            writer.rollback();
            writer.setAutoCommit(true);
            continue;
          }
          assertThat(count(writer, "customer")).isEqualTo(20);
          assertThat(freeze(database, slots)).isTrue();
          assertThatThrownBy(() -> Shop.touch(writer, 3, 1))
              .as("level " + level)
              .isInstanceOf(SQLException.class)
              .satisfies(
                  e ->
                      assertThat(((SQLException) e).getSQLState())
                          .as(e.toString())
                          .startsWith("40"));
          writer.rollback();
          writer.setAutoCommit(true);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void write_slotIsElsewhere_isRefusedForEachStatement(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      HikariDataSource database = setup.databases.get("s1");
      int slot = setup.first.slotOf(3L);
      try (Connection connection = database.getConnection()) {
        int other = (slot + 1) % MoveSetup.SLOTS;
        run(connection, "update tk_slot set state = 'FOREIGN' where slot = " + slot);
        List<String> refused =
            List.of(
                "insert into customer (id, slot_id, name, version) values (900, "
                    + slot
                    + ", 'x', 0)",
                "update customer set version = 9 where id = 3",
                "update customer set version = 9",
                "delete from purchase where customer_id = 3",
                "update customer set slot_id = " + other + " where id = 3",
                "update customer set slot_id = " + slot + " where slot_id = " + other,
                "insert into customer (id, slot_id, name, version) values (901, 4711, 'x', 0)");
        for (String sql : refused) {
          boolean touches = !sql.contains("where slot_id = " + other) || has(connection, other);
          if (touches) {
            assertThatThrownBy(() -> run(connection, sql)).as(sql).matches(SlotGuard::isRefusal);
          }
        }
        assertThat(count(connection, "customer")).isEqualTo(20);
        assertThat(count(connection, "tk_log")).isZero();
      }
    }
  }

  private static boolean has(Connection connection, int slot) throws SQLException {
    return count(connection, "customer where slot_id = " + slot) > 0;
  }

  /** Old and new key of each change, whatever statement made it; and nothing that was undone. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void log_captureOn_hasEachChangedKey(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(5);
      HikariDataSource database = setup.databases.get("s1");
      try (Connection connection = database.getConnection()) {
        run(connection, "update tk_slot set capture = 1");
        run(connection, "update customer set version = version + 1 where id in (1, 2)");
        run(connection, "delete from purchase where customer_id = 3");
        run(connection, "update purchase set number = 7 where customer_id = 4");
        connection.setAutoCommit(false);
        run(connection, "update customer set version = 77 where id = 0");
        connection.rollback();
        connection.setAutoCommit(true);
        ShardSide side = ShardSide.open("s1", database, Shop.GUARD.tables());
        SlotSet slots = SlotSet.range(0, MoveSetup.SLOTS - 1);
        ChangeLog.Batch batch = ChangeLog.read(side, slots, side.shapes(), 100);
        assertThat(batch.keys())
            .map(key -> key.table() + key.values())
            .containsExactlyInAnyOrder(
                "customer[1]", "customer[2]", "purchase[3, 0]", "purchase[4, 0]", "purchase[4, 7]");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void importing_onlyTheMoverWithTheTokenWrites(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      HikariDataSource database = setup.databases.get("s2");
      ShardSide side = ShardSide.open("s2", database, Shop.GUARD.tables());
      int slot = setup.first.slotOf(3L);
      try (Connection connection = database.getConnection()) {
        run(connection, "update tk_slot set state = 'IMPORTING', token = 5");
        assertThatThrownBy(() -> Shop.insert(connection, slot, 3)).matches(SlotGuard::isRefusal);
      }
      assertThatThrownBy(() -> side.importing(4, own -> insert(own, slot)))
          .isInstanceOf(FencedException.class);

      assertThat(side.importing(5, own -> insert(own, slot))).isOne();

      // The token does not stay with a connection that goes back to its pool.
      for (int i = 0; i < 20; i++) {
        try (Connection connection = database.getConnection()) {
          assertThatThrownBy(() -> Shop.buy(connection, slot, 3, 1)).matches(SlotGuard::isRefusal);
        }
      }
    }
  }

  /** One that comes late has rows in hand which users have changed since. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void importing_slotIsOwnedByNow_noMoverWrites(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      HikariDataSource database = setup.databases.get("s2");
      ShardSide side = ShardSide.open("s2", database, Shop.GUARD.tables());
      int slot = setup.first.slotOf(3L);
      try (Connection connection = database.getConnection()) {
        run(connection, "update tk_slot set state = 'OWNED', token = 5");
      }

      for (long token : List.of(4L, 5L)) {
        assertThatThrownBy(() -> side.importing(token, own -> insert(own, slot)))
            .isInstanceOf(FencedException.class);
      }

      try (Connection connection = database.getConnection()) {
        Shop.insert(connection, slot, 3);
      }
    }
  }

  private static int insert(Connection connection, int slot) throws SQLException {
    Shop.insert(connection, slot, 3);
    return 1;
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void install_again_keepsStates(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      HikariDataSource database = setup.databases.get("s1");
      try (Connection connection = database.getConnection()) {
        run(connection, "update tk_slot set state = 'FROZEN' where slot = 4");
      }
      ShardMap pinned = setup.first.pin(ShardKey.of("big"), "s1");

      Shop.GUARD.install(database, "s1", pinned);

      try (Connection connection = database.getConnection()) {
        assertThat(count(connection, "tk_slot")).isEqualTo(MoveSetup.SLOTS + 1);
        assertThat(count(connection, "tk_slot where state = 'FROZEN'")).isOne();
        assertThat(count(connection, "tk_slot where slot = 16 and state = 'OWNED'")).isOne();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void install_tableThatCannotBeGuarded_saysWhy(String product) throws Exception {
    try (Engine engine = Engine.of(product);
        HikariDataSource database = engine.database();
        Connection connection = database.getConnection()) {
      String number =
          product.equals("postgres")
              ? "bigint generated always as identity"
              : "bigint auto_increment";
      run(
          connection,
          "create table numbered (id " + number + " primary key, slot_id integer not null)");
      run(connection, "create table keyless (id bigint, slot_id integer not null)");
      run(connection, "create table slotless (id bigint primary key)");
      ShardMap map = ShardMap.of("s1");

      assertThatThrownBy(() -> guard("numbered").install(database, "s1", map))
          .isInstanceOf(SQLFeatureNotSupportedException.class)
          .hasMessageContaining("two shards would hand out the same number");
      assertThatThrownBy(() -> guard("keyless").install(database, "s1", map))
          .hasMessageContaining("must have a primary key");
      assertThatThrownBy(() -> guard("slotless").install(database, "s1", map))
          .hasMessageContaining("has no column \"slot_id\"");
      assertThatThrownBy(() -> guard("nothing").install(database, "s1", map))
          .hasMessageContaining("there is no table \"nothing\"");
    }
  }

  private static SlotGuard guard(String table) {
    return SlotGuard.of(ShardedTable.of(table, "id", ShardedTable.KeyType.INTEGER));
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void freeze_writersAllTheTime_giveUpInTurnAndGoOn(String product) throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      HikariDataSource database = setup.databases.get("s1");
      try (Connection writer = database.getConnection()) {
        writer.setAutoCommit(false);
        Shop.touch(writer, 3, 1);
        SlotSet slots = SlotSet.range(0, MoveSetup.SLOTS - 1);
        Future<Boolean> frozen = executor.submit(() -> freeze(database, slots));
        assertThat(frozen.get(10, TimeUnit.SECONDS)).isFalse();
        // The lock is not left behind: another writer gets in at once.
        try (Connection second = database.getConnection()) {
          assertThat(Shop.touch(second, 4, 1)).isOne();
        }
        writer.commit();
        writer.setAutoCommit(true);
      }
    } finally {
      executor.shutdownNow();
    }
  }
}
