// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.move.ChangeLog.RowKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that differ are found, all of them, and none that do not. */
class VerifyIT {
  private static final int CUSTOMERS = 4_000;
  private static final int FAULTS = 1_000;
  private static final long TOKEN = 7;

  private static void copyAll(HikariDataSource from, HikariDataSource to) throws SQLException {
    ShardSide source = ShardSide.open("s1", from, Shop.GUARD.tables());
    ShardSide target = ShardSide.open("s2", to, Shop.GUARD.tables());
    RowCopy copy = new RowCopy(source, target, SlotSet.range(0, MoveSetup.SLOTS - 1));
    for (TableShape shape : target.shapes()) {
      for (int slot = 0; slot < MoveSetup.SLOTS; slot++) {
        copy.insertAbsent(shape, copy.chunk(shape, SlotSet.of(slot), null, 10_000), TOKEN);
      }
    }
  }

  /** Lets the mover with a token write, or else everybody, so that faults can be planted. */
  private static void setState(HikariDataSource database, SlotState state) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      long token = state == SlotState.IMPORTING ? TOKEN : 0;
      statement.execute("update tk_slot set token = " + token + ", state = '" + state + "'");
    }
  }

  private static Set<String> found(HikariDataSource from, HikariDataSource to, MoveSetup setup)
      throws SQLException {
    ShardSide source = ShardSide.open("s1", from, Shop.GUARD.tables());
    ShardSide target = ShardSide.open("s2", to, Shop.GUARD.tables());
    Verifier verifier = new Verifier(source, target, setup.first);
    Set<String> found = new TreeSet<>();
    for (TableShape shape : target.shapes()) {
      for (SlotPack pack : verifier.packs(shape, SlotSet.range(0, MoveSetup.SLOTS - 1))) {
        for (RowKey key : verifier.compare(shape, pack)) {
          found.add(key.table() + key.values());
        }
      }
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void compare_plantedFaults_findsAllAndNothingElse(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(CUSTOMERS);
      HikariDataSource from = setup.databases.get("s1");
      HikariDataSource to = setup.databases.get("s2");
      setState(to, SlotState.IMPORTING);
      copyAll(from, to);
      setState(to, SlotState.OWNED);
      assertThat(found(from, to, setup)).isEmpty();
      Set<String> planted = plant(to, setup);
      assertThat(planted).hasSize(FAULTS);

      assertThat(found(from, to, setup)).isEqualTo(planted);
    }
  }

  private static Set<String> plant(HikariDataSource to, MoveSetup setup) throws SQLException {
    Set<String> planted = new TreeSet<>();
    Random random = new Random(42);
    List<Long> ids = new ArrayList<>();
    for (long id = 0; id < CUSTOMERS; id++) {
      ids.add(id);
    }
    Collections.shuffle(ids, random);
    try (Connection connection = to.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < FAULTS; i++) {
        long id = ids.get(i);
        switch (i % 5) {
          case 0 -> {
            statement.execute("delete from purchase where customer_id = " + id);
            planted.add("purchase[" + id + ", 0]");
          }
          case 1 -> {
            statement.execute("update customer set version = 1 where id = " + id);
            planted.add("customer[" + id + "]");
          }
          case 2 -> {
            int slot = setup.first.slotOf(id);
            statement.execute(
                "insert into purchase (customer_id, number, slot_id, cents) values ("
                    + id
                    + ", 99, "
                    + slot
                    + ", 1)");
            planted.add("purchase[" + id + ", 99]");
          }
          case 3 -> {
            int other = (setup.first.slotOf(id) + 1) % MoveSetup.SLOTS;
            statement.execute(
                "update purchase set slot_id = " + other + " where customer_id = " + id);
            planted.add("purchase[" + id + ", 0]");
          }
          default -> {
            statement.execute("update purchase set cents = -1 where customer_id = " + id);
            planted.add("purchase[" + id + ", 0]");
          }
        }
      }
      connection.commit();
    }
    return planted;
  }

  /** A row that the application wrote under the wrong slot is the same on both sides, and wrong. */
  @Test
  void run_rowUnderTheWrongSlot_isUndoneWithTheReason() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(50);
      try (Connection connection = setup.databases.get("s1").getConnection()) {
        Shop.insert(connection, (setup.first.slotOf(77L) + 1) % MoveSetup.SLOTS, 77);
      }

      MoveReport report = setup.mover().build().run(setup.all());

      assertThat(report.moves()).hasSize(1);
      assertThat(report.moves().get(0).state()).isEqualTo(MoveState.ABORTED);
      assertThat(report.moves().get(0).progress()).contains("customer=1");
      setup.assertNothingLeft();
    }
  }

  @Test
  void run_targetNotEmpty_isRefusedAndNothingIsTouched() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(50);
      HikariDataSource to = setup.databases.get("s2");
      setState(to, SlotState.OWNED);
      try (Connection connection = to.getConnection();
          Statement statement = connection.createStatement()) {
        Shop.insert(connection, setup.first.slotOf(1L), 1);
        statement.execute("update tk_slot set state = 'FOREIGN'");
      }

      assertThatThrownBy(() -> setup.mover().build().run(setup.all()))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("must have no rows");
      assertThat(setup.mover().build().moves().get(0).state()).isEqualTo(MoveState.ABORTED);
      setup.assertNothingLeft();
      assertThat(Shop.rows("customer", List.of(setup.databases.get("s1")))).hasSize(50);
    }
  }

  @Test
  void run_schemasDiffer_isRefusedAndNothingIsTouched() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      try (Connection connection = setup.databases.get("s2").getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("alter table customer add column rank integer");
      }

      assertThatThrownBy(() -> setup.mover().build().run(setup.all()))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("rank");
      setup.assertNothingLeft();
    }
  }
}
