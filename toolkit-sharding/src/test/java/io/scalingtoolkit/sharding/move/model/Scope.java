// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

/**
 * How much of the protocol is explored. Immutable.
 *
 * @param keys the rows of the slot, 1 or 2
 * @param writes the transactions that all writers begin together, 0 to 3
 * @param tokens the tokens that control hands out, 1 to 7: the first to the first mover, and one
 *     more for every take-over, abort and further move
 * @param deletes whether writers delete rows
 * @param movesAgain whether a move that has ended is followed by another, which goes back if the
 *     first is done
 */
record Scope(int keys, int writes, int tokens, boolean deletes, boolean movesAgain) {
  Scope {
    if (keys < 1 || keys > 2 || writes < 0 || writes > 3 || tokens < 1 || tokens > 7) {
      throw new IllegalArgumentException("out of range");
    }
  }

  static Scope of(int keys, int writes, int tokens) {
    return new Scope(keys, writes, tokens, true, false);
  }

  Scope withoutDeletes() {
    return new Scope(keys, writes, tokens, false, movesAgain);
  }

  Scope thatMovesAgain() {
    return new Scope(keys, writes, tokens, deletes, true);
  }
}
