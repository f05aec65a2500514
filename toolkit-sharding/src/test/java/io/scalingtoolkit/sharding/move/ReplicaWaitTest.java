// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.move.Things.OPTIONS;
import static io.scalingtoolkit.sharding.move.Things.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows are not deleted before replicas of their new owner have them; between two files. */
class ReplicaWaitTest {
  private final Engine engine = Engine.of("sqlite");
  private final List<String> asked = new ArrayList<>();
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

  /** Says no the first times, and looks what there is of the other shard's rows. */
  private ReplicaWait lags(String other) {
    return (move, shard) -> {
      String rows = texts(setup.databases.get(other), "select count(*) from customer").get(0);
      String question = move.state() + " " + shard + ", " + rows + " at " + other;
      asked.add(question);
      return asked.stream().filter(question::equals).count() > 2;
    };
  }

  @Test
  void run_replicasLag_areWaitedForBeforeSoakingAndBeforeThePurge() throws SQLException {
    MoveReport report =
        setup.mover().options(OPTIONS).awaitReplicas(lags("s1")).build().run(setup.all());

    assertThat(report.isDone()).isTrue();
    String switched = "SWITCHED s2, 50 at s1";
    String finalizing = "FINALIZING s2, 50 at s1";
    assertThat(asked)
        .containsExactly(switched, switched, switched, finalizing, finalizing, finalizing);
    setup.assertNothingLeft();
  }

  @Test
  void rollBack_replicasLag_areWaitedForBeforeThePurge() throws SQLException {
    MoveListener dies =
        Things.at(
            "FINALIZING",
            () -> {
              throw new Soaking.Killed();
            });
    Mover first = setup.mover().owner("mover").options(OPTIONS).listener(dies).build();
    assertThatThrownBy(() -> first.run(setup.all())).isInstanceOf(Soaking.Killed.class);
    Mover second = setup.mover().owner("mover").options(OPTIONS).awaitReplicas(lags("s2")).build();

    Move move = second.rollBack(first.moves().get(0).id());

    assertThat(move.state()).isEqualTo(MoveState.ROLLED_BACK);
    String returned = "RETURNED s1, 50 at s2";
    assertThat(asked).containsExactly(returned, returned, returned);
    setup.assertNothingLeft();
  }

  @Test
  void resume_replicasCouldNotBeAsked_asksAgain() throws SQLException {
    ReplicaWait fails =
        (move, shard) -> {
          throw new SQLException("no replica answers", "08001");
        };
    Mover first = setup.mover().owner("mover").options(OPTIONS).awaitReplicas(fails).build();
    assertThatThrownBy(() -> first.run(setup.all())).hasMessageContaining("no replica answers");
    assertThat(first.moves().get(0).state()).isEqualTo(MoveState.SWITCHED);

    MoveReport report =
        setup.mover().owner("mover").options(OPTIONS).awaitReplicas(lags("s1")).build().resume();

    assertThat(report.isDone()).isTrue();
    assertThat(asked).hasSize(6);
    setup.assertNothingLeft();
  }
}
