// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.move.Things.OPTIONS;
import static io.scalingtoolkit.sharding.move.Things.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sharding.map.Shard;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Moves that were on their way back when their mover died; between two files. */
class WayBackTest {
  private final Engine engine = Engine.of("sqlite");
  private MoveSetup setup;

  @BeforeEach
  void open() throws SQLException {
    setup = MoveSetup.of(engine, "s1", "s2");
    setup.fill(50);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** A mover of the one name, which goes on at once with what it did before. */
  private Mover mover(MoveListener listener) throws SQLException {
    return setup.mover().owner("mover").options(OPTIONS).listener(listener).build();
  }

  private static MoveListener killAt(String label) {
    return Things.at(
        label,
        () -> {
          throw new Soaking.Killed();
        });
  }

  /** All slots at s2, with what was written there since; its mover died on the way back. */
  private String killedOnTheWayBack(String label) throws SQLException {
    assertThatThrownBy(() -> mover(killAt("FINALIZING")).run(setup.all()))
        .isInstanceOf(Soaking.Killed.class);
    run(setup.databases.get("s2"), "update customer set version = 7");
    String id = mover(MoveListener.NONE).moves().get(0).id();
    assertThatThrownBy(() -> mover(killAt(label)).rollBack(id)).isInstanceOf(Soaking.Killed.class);
    return id;
  }

  private void assertBack(Move move) throws SQLException {
    assertThat(move.state()).isEqualTo(MoveState.ROLLED_BACK);
    assertThat(setup.store.load().shardOf(0)).isEqualTo("s1");
    assertThat(Things.texts(setup.databases.get("s1"), "select distinct version from customer"))
        .containsExactly("7");
    setup.assertNothingLeft();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "freeze",
        "freeze.done",
        "drained",
        "switch",
        "switch.done",
        "return.source",
        "return.target",
        "purge.target",
        "leave.target",
        "ROLLED_BACK"
      })
  void resume_moverDiedOnTheWayBack_goesBack(String label) throws SQLException {
    String unused = killedOnTheWayBack(label);

    MoveReport report = mover(MoveListener.NONE).resume();

    assertThat(report.moves()).hasSize(1);
    assertBack(report.moves().get(0));
  }

  /** The application lets its writers in, which says nothing about where the move goes. */
  @Test
  void resume_afterUnblock_goesBack() throws SQLException {
    String unused = killedOnTheWayBack("freeze.done");
    assertThat(mover(MoveListener.NONE).unblock()).isEqualTo(1);
    run(setup.databases.get("s2"), "update customer set version = 7");

    assertBack(mover(MoveListener.NONE).resume().moves().get(0));
  }

  @Test
  void resume_wayBackDoesNotComeOff_isStillOnItsWay() throws SQLException {
    String id = killedOnTheWayBack("freeze.done");
    assertThat(setup.store.replace(setup.store.load().withoutShard("s1"))).isTrue();

    MoveReport report = mover(MoveListener.NONE).resume();

    assertThat(report.moves().get(0).state()).isEqualTo(MoveState.RETURNING);
    run(setup.databases.get("s2"), "update customer set version = 7");
    assertThat(mover(MoveListener.NONE).rollBack(id).state()).isEqualTo(MoveState.SOAKING);
    assertThat(setup.store.replace(setup.store.load().withShard(Shard.of("s1")))).isTrue();
    assertBack(mover(MoveListener.NONE).rollBack(id));
  }
}
