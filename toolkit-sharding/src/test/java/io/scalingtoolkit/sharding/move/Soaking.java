// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Moves whose mover is gone while they soak, and the way back from there. */
final class Soaking {
  private Soaking() {}

  /** Thrown where a mover is to stop; nothing catches it on the way, as nothing would a kill. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Moves all slots; the mover dies as soon as the target takes writes. */
  static String begin(MoveSetup setup, MoveOptions options) throws SQLException {
    MoveListener dies =
        new MoveListener() {
          @Override
          public void progressed(Move move) {
            if (move.state() == MoveState.SOAKING) {
              throw new Killed();
            }
          }
        };
    Mover mover = setup.mover().options(options).listener(dies).build();
    assertThatThrownBy(() -> mover.run(setup.all())).isInstanceOf(Killed.class);
    List<Move> moves = mover.moves();
    return moves.get(moves.size() - 1).id();
  }

  /** Rolls the move back as soon as the lease of its mover is over. */
  static void rollBack(MoveSetup setup, MoveOptions options, String id) throws SQLException {
    Mover mover = setup.mover().options(options).build();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              try {
                return mover.rollBack(id).state() == MoveState.ROLLED_BACK;
              } catch (IllegalStateException e) {
                // The lease still runs.
                return false;
              }
            });
  }
}
