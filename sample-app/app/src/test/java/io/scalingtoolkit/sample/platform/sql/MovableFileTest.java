// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sample.platform.ops.StartRefusedException;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.sqlite.SQLiteDataSource;

/** The SQLite file lets a mover take rows away, and nobody else change the audit log. */
final class MovableFileTest {
  private static final String USER = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
  private static final ShardMap MAP =
      ShardMap.of(MovableFile.NAME).withShard(Shard.of(ServerMove.SERVER));

  @TempDir Path folder;

  private final SQLiteDataSource file = new SQLiteDataSource();
  private JdbcClient jdbc = JdbcClient.create(file);

  @BeforeEach
  void fill() {
    file.setUrl("jdbc:sqlite:" + folder.resolve("app.db"));
    jdbc = JdbcClient.create(file);
    var unused =
        Flyway.configure()
            .dataSource(file)
            .locations("classpath:db/migration", "classpath:db/vendor/sqlite")
            .javaMigrations(new SlotMigration())
            .load()
            .migrate();
    jdbc.sql(
            """
            INSERT INTO audit_log (user_id, seq, recorded_at, actor, action, subject, detail,
                                   prev_hash, hash, slot_id)
            VALUES (?, 1, 1, '', 'a.b', '', '', '', '', ?)""")
        .params(USER, Slots.of(USER))
        .update();
    jdbc.sql("INSERT INTO audit_heads (user_id, seq, hash, slot_id) VALUES (?, 1, '', ?)")
        .params(USER, Slots.of(USER))
        .update();
  }

  @Test
  void prepare_nobodyMoves_auditLogIsAppendOnly() throws Exception {
    MovableFile.prepare(file, MAP);

    assertRefused("DELETE FROM audit_log");
    assertRefused("UPDATE audit_log SET hash = 'x'");
    assertRefused("DELETE FROM audit_heads");
  }

  @Test
  void prepare_slotImportsAndSomebodyElseWrites_auditLogIsAppendOnly() throws Exception {
    MovableFile.prepare(file, MAP);
    jdbc.sql("UPDATE tk_slot SET state = 'IMPORTING', token = 7").update();

    assertRefused("DELETE FROM audit_log");
    jdbc.sql("UPDATE tk_mover SET token = 6").update();
    assertRefused("DELETE FROM audit_log");
  }

  @Test
  void prepare_tokenOfAMoverOfAnotherSlot_auditLogIsAppendOnly() throws Exception {
    MovableFile.prepare(file, MAP);
    jdbc.sql("UPDATE tk_slot SET state = 'IMPORTING', token = 7 WHERE slot <> ?")
        .param(Slots.of(USER))
        .update();
    jdbc.sql("UPDATE tk_mover SET token = 7").update();

    assertRefused("DELETE FROM audit_log");
  }

  @Test
  void prepare_mover_changesAndDeletesRowsOfItsSlots() throws Exception {
    MovableFile.prepare(file, MAP);
    jdbc.sql("UPDATE tk_slot SET state = 'IMPORTING', token = 7").update();
    jdbc.sql("UPDATE tk_mover SET token = 7").update();

    assertThat(jdbc.sql("UPDATE audit_log SET hash = 'x'").update()).isOne();
    assertThat(jdbc.sql("DELETE FROM audit_log").update()).isOne();
    assertThat(jdbc.sql("DELETE FROM audit_heads").update()).isOne();
  }

  @Test
  void prepare_again_changesNothing() throws Exception {
    MovableFile.prepare(file, MAP);
    jdbc.sql("UPDATE tk_slot SET state = 'FOREIGN'").update();

    MovableFile.prepare(file, MAP);

    assertThat(MovableFile.ownsAll(file)).isFalse();
  }

  @Test
  void ownsAll_neverMoved_isTrue() throws Exception {
    assertThat(MovableFile.ownsAll(file)).isTrue();
    MovableFile.requireOwner(file);
  }

  @Test
  void requireOwner_oneSlotIsOnTheWay_refusesAndSaysHowToStart() throws Exception {
    MovableFile.prepare(file, MAP);
    assertThat(MovableFile.ownsAll(file)).isTrue();
    jdbc.sql("UPDATE tk_slot SET state = 'FROZEN' WHERE slot = 4095").update();

    assertThatThrownBy(() -> MovableFile.requireOwner(file))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("have moved to a database server")
        .hasMessageContaining("./run --phase 2 --data");
  }

  private void assertRefused(String statement) {
    assertThatThrownBy(() -> jdbc.sql(statement).update())
        .as(statement)
        .hasMessageContaining("append-only");
  }
}
