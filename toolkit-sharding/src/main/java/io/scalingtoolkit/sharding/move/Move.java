// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.map.SlotSet;
import org.jspecify.annotations.Nullable;

/**
 * A move of some slots as the control database has it.
 *
 * <p>Immutable: what it was when it was read.
 *
 * @param id given at the beginning, unique
 * @param slots what moves
 * @param source the shard that had them at the beginning
 * @param target the shard that gets them
 * @param state how far it has got
 * @param token of the mover that has it: each take-over has a higher one than all before, and
 *     databases refuse those below the highest they have seen
 * @param owner who that is, for people; null while nobody has taken it up
 * @param leaseUntil when others may take it over, in milliseconds of the clock of the control
 *     database
 * @param version of the map that the last switch made; 0 before
 * @param progress what is already copied, for the next mover; until when it soaks, in milliseconds
 *     of the clock of the control database; or why it was aborted
 * @param rows copied or carried over so far
 */
public record Move(
    String id,
    SlotSet slots,
    String source,
    String target,
    MoveState state,
    long token,
    @Nullable String owner,
    long leaseUntil,
    long version,
    String progress,
    long rows) {
  /** The shard that may be keeping writers out; null if none does. */
  @Nullable String blockedAt() {
    return switch (state) {
      case FREEZING, RETURNED, ABORTING -> source;
      case SWITCHED, RETURNING -> target;
      default -> null;
    };
  }

  Move switched(MoveState next, long mapVersion) {
    return new Move(
        id, slots, source, target, next, token, owner, leaseUntil, mapVersion, progress, rows);
  }

  Move withToken(long next) {
    return new Move(
        id, slots, source, target, state, next, owner, leaseUntil, version, progress, rows);
  }
}
