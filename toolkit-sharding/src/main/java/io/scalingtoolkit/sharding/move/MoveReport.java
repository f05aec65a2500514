// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.time.Duration;
import java.util.List;

/**
 * What came of some moves.
 *
 * <p>Immutable.
 *
 * @param moves as they ended, one for each group of slots
 * @param pauses how long writers of a group were kept out, one for each switch
 */
public record MoveReport(List<Move> moves, List<Duration> pauses) {
  /** Takes copies. */
  public MoveReport {
    moves = List.copyOf(moves);
    pauses = List.copyOf(pauses);
  }

  /** Whether all moves went through to their end. */
  public boolean isDone() {
    return moves.stream().allMatch(move -> move.state() == MoveState.DONE);
  }

  /** The rows that were copied or carried over. */
  public long rows() {
    return moves.stream().mapToLong(Move::rows).sum();
  }

  /** The longest pause; zero if there was none. */
  public Duration longestPause() {
    return pauses.stream().max(Duration::compareTo).orElse(Duration.ZERO);
  }
}
