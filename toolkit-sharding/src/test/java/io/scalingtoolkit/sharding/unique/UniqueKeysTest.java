// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sharding.ShardHandle;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Over four files, one step after another; what runs at the same time is in UniqueKeysIT. */
class UniqueKeysTest {
  private static final String ADA = "ada@example.org";
  private static final String EVE = "eve@example.org";

  /** Nothing catches it on the way, as nothing would a kill. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private Accounts accounts;
  private UniqueKeys unique;

  @BeforeEach
  void open(@TempDir Path folder) throws SQLException {
    accounts = new Accounts(null, () -> database(folder), 16, 4, 4);
    unique = accounts.unique();
  }

  private static DataSource database(Path folder) {
    try {
      SQLiteConfig config = new SQLiteConfig();
      config.setSynchronous(SQLiteConfig.SynchronousMode.OFF);
      SQLiteDataSource database = new SQLiteDataSource(config);
      database.setUrl("jdbc:sqlite:" + Files.createTempFile(folder, "shard", ".db"));
      return database;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @AfterEach
  void close() {
    accounts.close();
  }

  private UniqueKeys dyingAt(UniqueStep where) {
    return UniqueKeys.of(
        accounts.shards,
        Duration.ofDays(1),
        step -> {
          if (step == where) {
            throw new Killed();
          }
        });
  }

  private boolean delete(UniqueKeys with, long id, String email) throws SQLException {
    return with.change(ShardKey.of(id))
        .release(Accounts.email(email))
        .run(connection -> accounts.delete(connection, id) == 1);
  }

  private boolean rename(UniqueKeys with, long id, String from, String to) throws SQLException {
    return with.change(ShardKey.of(id))
        .take(Accounts.email(to))
        .release(Accounts.email(from))
        .run(connection -> accounts.rename(connection, id, to) == 1);
  }

  @Test
  void change_take_isTheOwnersAndNobodyElses() throws SQLException {
    accounts.signUp(unique, 1, ADA);

    assertThat(unique.find(Accounts.email(ADA))).contains(ShardKey.of(1));
    assertThat(unique.find(Accounts.name(ADA))).isEmpty();
    assertThatThrownBy(() -> accounts.signUp(unique, 2, ADA))
        .isInstanceOf(ValueTakenException.class)
        .isInstanceOf(SQLIntegrityConstraintViolationException.class)
        .hasFieldOrPropertyWithValue("SQLState", "23505")
        .hasFieldOrPropertyWithValue("namespace", "email")
        .hasMessageNotContaining(ADA);
    accounts.assertSettled();
  }

  @Test
  void change_workFails_freesTheValueAtOnce() throws SQLException {
    assertThatThrownBy(
            () ->
                unique
                    .change(ShardKey.of(1))
                    .take(Accounts.email(ADA))
                    .run(
                        connection -> {
                          throw new IllegalStateException("no");
                        }))
        .hasMessage("no");

    accounts.signUp(unique, 2, ADA);
    accounts.assertSettled();
  }

  @Test
  void change_severalValuesOneTaken_takesNone() throws SQLException {
    accounts.signUp(unique, 1, ADA);

    assertThatThrownBy(
            () ->
                unique
                    .change(ShardKey.of(2))
                    .take(Accounts.email(EVE))
                    .take(Accounts.email(ADA))
                    .take(Accounts.name("eve"))
                    .run(
                        connection -> {
                          throw new AssertionError("must not run");
                        }))
        .isInstanceOf(ValueTakenException.class);
    assertThat(accounts.rows("select state from tk_unique")).containsExactly("CONFIRMED");
    accounts.signUp(unique, 2, EVE);
  }

  @Test
  void change_release_givesTheValueToOthers() throws SQLException {
    accounts.signUp(unique, 1, ADA);
    assertThat(delete(unique, 1, ADA)).isTrue();

    assertThat(unique.find(Accounts.email(ADA))).isEmpty();
    accounts.signUp(unique, 2, ADA);
    accounts.signUp(unique, 1, EVE);
    accounts.assertSettled();
  }

  @Test
  void change_rename_swapsTheValues() throws SQLException {
    accounts.signUp(unique, 1, ADA);
    assertThat(rename(unique, 1, ADA, EVE)).isTrue();
    accounts.signUp(unique, 2, ADA);

    assertThatThrownBy(() -> rename(unique, 2, ADA, EVE)).isInstanceOf(ValueTakenException.class);
    accounts.assertSettled();
  }

  @Test
  void change_releaseOfAnothersValue_changesNothing() throws SQLException {
    accounts.signUp(unique, 1, ADA);
    boolean done =
        unique.change(ShardKey.of(2)).release(Accounts.email(ADA)).run(connection -> true);

    assertThat(done).isTrue();
    assertThatThrownBy(() -> accounts.signUp(unique, 2, ADA))
        .isInstanceOf(ValueTakenException.class);
    accounts.assertSettled();
  }

  @ParameterizedTest
  @EnumSource(UniqueStep.class)
  void signUp_diesAtAStep_isSettledByASweep(UniqueStep step) throws SQLException {
    Set<UniqueStep> passed = EnumSet.of(UniqueStep.RESERVED, UniqueStep.USED, UniqueStep.COMMITTED);
    if (passed.contains(step)) {
      assertThatThrownBy(() -> accounts.signUp(dyingAt(step), 1, ADA)).isInstanceOf(Killed.class);
    } else {
      accounts.signUp(dyingAt(step), 1, ADA);
    }
    boolean committed = step != UniqueStep.RESERVED && step != UniqueStep.USED;
    assertThat(unique.find(Accounts.email(ADA)).isPresent()).isEqualTo(committed);
    assertThatThrownBy(() -> accounts.signUp(unique, 2, ADA))
        .isInstanceOf(ValueTakenException.class);

    SweepReport report = unique.sweep(Duration.ZERO);

    assertThat(report)
        .isEqualTo(new SweepReport(step == UniqueStep.COMMITTED ? 1 : 0, committed ? 0 : 1, 0));
    accounts.assertSettled();
    if (!committed) {
      accounts.signUp(unique, 2, ADA);
    }
    accounts.assertSettled();
  }

  @ParameterizedTest
  @EnumSource(
      value = UniqueStep.class,
      names = {"COMMITTED", "FREED"})
  void delete_diesAtAStep_isFreedByASweep(UniqueStep step) throws SQLException {
    accounts.signUp(unique, 1, ADA);
    assertThatThrownBy(() -> delete(dyingAt(step), 1, ADA)).isInstanceOf(Killed.class);

    assertThat(unique.sweep(Duration.ZERO)).isEqualTo(new SweepReport(0, 0, 1));

    accounts.assertSettled();
    accounts.signUp(unique, 2, ADA);
    accounts.assertSettled();
  }

  @ParameterizedTest
  @EnumSource(UniqueStep.class)
  void rename_diesAtAStep_isSettledByASweep(UniqueStep step) throws SQLException {
    accounts.signUp(unique, 1, ADA);
    if (step == UniqueStep.DECIDED) {
      assertThat(rename(dyingAt(step), 1, ADA, EVE)).isTrue();
    } else {
      assertThatThrownBy(() -> rename(dyingAt(step), 1, ADA, EVE)).isInstanceOf(Killed.class);
    }
    unique.sweep(Duration.ZERO);

    boolean before = step == UniqueStep.RESERVED || step == UniqueStep.USED;
    assertThat(accounts.accounts().keySet()).containsExactly(before ? ADA : EVE);
    accounts.assertSettled();
    accounts.signUp(unique, 2, before ? EVE : ADA);
    accounts.assertSettled();
  }

  @Test
  void sweep_diesBetweenCancelAndFree_isFinishedByTheNext() throws SQLException {
    assertThatThrownBy(() -> accounts.signUp(dyingAt(UniqueStep.RESERVED), 1, ADA))
        .isInstanceOf(Killed.class);
    assertThatThrownBy(() -> dyingAt(UniqueStep.DECIDED).sweep(Duration.ZERO))
        .isInstanceOf(Killed.class);
    assertThat(accounts.rows("select state from tk_unique")).containsExactly("PENDING");

    assertThat(unique.sweep(Duration.ZERO)).isEqualTo(new SweepReport(0, 1, 0));

    accounts.signUp(unique, 2, ADA);
    accounts.assertSettled();
  }

  @Test
  void sweep_lateAndValueIsAnothers_changesNothing() throws SQLException {
    assertThatThrownBy(() -> accounts.signUp(dyingAt(UniqueStep.RESERVED), 1, ADA))
        .isInstanceOf(Killed.class);
    UniqueKeys late =
        UniqueKeys.of(
            accounts.shards,
            Duration.ofDays(1),
            step -> {
              sweepOnce();
              assertThatCode(() -> accounts.signUp(unique, 2, ADA)).doesNotThrowAnyException();
            });

    late.sweep(Duration.ZERO);

    assertThat(unique.find(Accounts.email(ADA))).contains(ShardKey.of(2));
    accounts.assertSettled();
  }

  @Test
  void use_afterTheSweep_isRefusedAlsoWhenTheValueIsAnothers() throws SQLException {
    Reservation slow = unique.reserve(List.of(Accounts.email(ADA)), ShardKey.of(1)).get(0);
    unique.sweep(Duration.ZERO);
    accounts.signUp(unique, 2, ADA);
    delete(unique, 2, ADA);
    unique.sweep(Duration.ZERO);
    accounts.signUp(unique, 3, ADA);

    assertThatThrownBy(
            () ->
                accounts.shards.inShard(
                    slow.owner(),
                    connection -> {
                      accounts.insert(connection, 1, ADA);
                      unique.use(connection, slow);
                      return true;
                    }))
        .hasFieldOrPropertyWithValue("SQLState", UniqueKeys.CANCELLED);
    assertThat(unique.confirm(slow)).isFalse();
    assertThat(accounts.accounts()).containsExactly(Map.entry(ADA, 3L));
    accounts.assertSettled();
  }

  @Test
  void change_sweptWhileSlow_reservesAgain() throws SQLException {
    int[] sweeps = {0};
    UniqueKeys slow =
        UniqueKeys.of(
            accounts.shards,
            Duration.ofDays(1),
            step -> {
              if (step == UniqueStep.RESERVED && sweeps[0]++ == 0) {
                sweepOnce();
              }
            });

    accounts.signUp(slow, 1, ADA);

    assertThat(sweeps[0]).isEqualTo(2);
    accounts.assertSettled();
  }

  private void sweepOnce() {
    try {
      assertThat(unique.sweep(Duration.ZERO).cancelled()).isEqualTo(1);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void sweep_youngReservation_isLeftAlone() throws SQLException {
    Reservation young = unique.reserve(List.of(Accounts.email(ADA)), ShardKey.of(1)).get(0);

    assertThat(unique.sweep(Duration.ofMinutes(1))).isEqualTo(new SweepReport(0, 0, 0));

    boolean used =
        accounts.shards.inShard(
            young.owner(),
            connection -> {
              accounts.insert(connection, 1, ADA);
              unique.use(connection, young);
              return true;
            });
    assertThat(used).isTrue();
    assertThat(unique.confirm(young)).isTrue();
    accounts.assertSettled();
  }

  @Test
  void reserve_pendingOneIsStale_isCancelledAndTaken() throws SQLException {
    assertThatThrownBy(() -> accounts.signUp(dyingAt(UniqueStep.RESERVED), 1, ADA))
        .isInstanceOf(Killed.class);
    assertThatThrownBy(() -> accounts.signUp(dyingAt(UniqueStep.COMMITTED), 2, EVE))
        .isInstanceOf(Killed.class);
    UniqueKeys impatient = UniqueKeys.of(accounts.shards, Duration.ZERO);

    accounts.signUp(impatient, 3, ADA);

    assertThatThrownBy(() -> accounts.signUp(impatient, 4, EVE))
        .isInstanceOf(ValueTakenException.class);
    accounts.assertSettled();
  }

  @Test
  void sweep_valueHasMovedAndMapIsOld_freesItWhereItIs() throws SQLException {
    accounts.signUp(unique, 1, ADA);
    assertThatThrownBy(() -> delete(dyingAt(UniqueStep.COMMITTED), 1, ADA))
        .isInstanceOf(Killed.class);
    ShardHandle value = accounts.shards.route(ShardKey.of(Accounts.email(ADA).digest()));
    ShardHandle owner = accounts.shards.route(ShardKey.of(1));
    assertThat(value.slot()).isNotEqualTo(owner.slot());
    String target = value.shard().equals("s1") ? "s2" : "s1";
    moveValues(value, target);

    assertThat(unique.sweep(Duration.ZERO)).isEqualTo(new SweepReport(0, 0, 1));

    accounts.signUp(unique, 2, ADA);
    accounts.assertSettled();
  }

  /** Moves the slot of a value as a mover does, when it has purged the source already. */
  private void moveValues(ShardHandle value, String target) throws SQLException {
    String slot = " where slot = " + value.slot();
    execute(target, "update tk_slot set state = 'OWNED'" + slot);
    try (Connection source = accounts.databases.get(value.shard()).getConnection();
        Connection to = accounts.databases.get(target).getConnection();
        Statement select = source.createStatement();
        ResultSet rows = select.executeQuery("select * from tk_unique");
        PreparedStatement insert =
            to.prepareStatement("insert into tk_unique values (?, ?, ?, ?, ?, ?)")) {
      while (rows.next()) {
        for (int i = 1; i <= 6; i++) {
          insert.setObject(i, rows.getObject(i));
        }
        insert.executeUpdate();
      }
    }
    execute(value.shard(), "delete from tk_unique");
    execute(value.shard(), "update tk_slot set state = 'FOREIGN'" + slot);
    ShardMap next = accounts.first.assign(SlotSet.of(value.slot()), target);
    assertThat(accounts.store.replace(next)).isTrue();
  }

  private void execute(String shard, String sql) throws SQLException {
    try (Connection connection = accounts.databases.get(shard).getConnection();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  @Test
  void use_twice_isRefused() throws SQLException {
    Reservation once = unique.reserve(List.of(Accounts.email(ADA)), ShardKey.of(1)).get(0);
    assertThatThrownBy(
            () ->
                accounts.shards.inShard(
                    once.owner(),
                    connection -> {
                      unique.use(connection, once);
                      unique.use(connection, once);
                      return true;
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("used before");
    assertThat(unique.confirm(once)).isFalse();
  }

  @Test
  void methods_withinInShardOrAutocommit_areRefused() throws SQLException {
    ShardKey owner = ShardKey.of(1);
    UniqueValue ada = Accounts.email(ADA);
    assertThatThrownBy(
            () -> accounts.shards.inShard(owner, c -> unique.reserve(List.of(ada), owner)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not within it");
    assertThatThrownBy(() -> accounts.shards.inShard(owner, c -> unique.find(ada)))
        .isInstanceOf(IllegalStateException.class);
    Reservation reservation = unique.reserve(List.of(ada), owner).get(0);
    try (Connection connection =
        accounts.shards.createConnectionBuilder().shardingKey(owner).build()) {
      assertThatThrownBy(() -> unique.use(connection, reservation))
          .hasMessageContaining("autocommit is on");
      assertThatThrownBy(() -> unique.release(connection, ada, owner))
          .hasMessageContaining("autocommit is on");
    }
  }

  @Test
  void arguments_outOfRange_areRefused() {
    UniqueValue ada = Accounts.email(ADA);
    ShardKey owner = ShardKey.of(1);
    assertThatThrownBy(() -> unique.reserve(List.of(), owner)).hasMessageContaining("at least one");
    assertThatThrownBy(() -> unique.reserve(List.of(ada, ada), owner))
        .hasMessageContaining("none twice");
    assertThatThrownBy(() -> unique.change(owner).take(ada).release(ada))
        .hasMessageContaining("named twice");
    assertThatThrownBy(() -> unique.change(ShardKey.of("x".repeat(512))))
        .hasMessageContaining("at most 512 bytes encoded, has 513");
    assertThatThrownBy(() -> unique.sweep(Duration.ofMillis(-1)))
        .hasMessageContaining("olderThan must be 0 to 365 days");
    assertThatThrownBy(() -> new UniqueValue("", "x")).hasMessageContaining("namespace");
    assertThatThrownBy(() -> new UniqueValue("email", "\ud800")).hasMessageContaining("surrogate");
  }

  @Test
  void digest_isOfTheNormalForm_andFrozen() {
    assertThat(Accounts.email("a\u0308").digest()).isEqualTo(Accounts.email("\u00e4").digest());
    assertThat(Accounts.email("A").digest()).isNotEqualTo(Accounts.email("a").digest());
    assertThat(new UniqueValue("ab", "c").digest())
        .isNotEqualTo(new UniqueValue("a", "bc").digest());
    // python3: sha256(b"\5" + len4(b"\2email") + b"\2email" + len4(b"\2ada@example.org") + ...)
    assertThat(Accounts.email(ADA).digest())
        .isEqualTo("6b8061ee8f80ad36d1791c1c28265872f467acdd041b39b5d1a0ad55b34a1361");
  }
}
