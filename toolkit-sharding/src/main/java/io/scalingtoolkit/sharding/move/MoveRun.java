// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlStep;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;

/**
 * The steps of one move, by one mover with one token.
 *
 * <p>Each method is a step that may be repeated: a mover that takes a move over does the step of
 * its state again. Whatever a step changes in a shard it changes under the lock of the slots, after
 * having looked that they are still this mover's.
 *
 * <p>Confined to the thread of the mover.
 */
final class MoveRun {
  private static final long NOT_FROZEN = Long.MIN_VALUE;

  /** How often a switch may be called off before the move is undone. */
  private static final int MOST_CALLED_OFF = 3;

  private final MoveContext context;
  private final ShardSide source;
  private final ShardSide target;
  private final Carrier forward;
  private final Carrier backward;
  private Move move;
  private long followedNanos;
  private long soakedNanos;
  private int calledOff;

  MoveRun(MoveContext context, Move move, ShardSide source, ShardSide target) {
    this.context = context;
    this.move = move;
    this.source = source;
    this.target = target;
    this.forward = new Carrier(context, this::move, source, target);
    this.backward = new Carrier(context, this::move, target, source);
    this.followedNanos = context.nanoTime();
    this.soakedNanos = followedNanos;
  }

  Move move() {
    return move;
  }

  /** After the move was taken over: the mover before this one is refused from here on. */
  void takeOver() throws SQLException {
    claim(target);
    claim(source);
    if (move.state() == MoveState.SOAKING && !move.progress().isEmpty()) {
      long left = Long.parseLong(move.progress()) - context.ledger().now();
      soakedNanos = context.nanoTime() + TimeUnit.MILLISECONDS.toNanos(left);
    }
  }

  /** Leaves the move to any other mover. */
  void release() throws SQLException {
    context.ledger().advance(move, move.state(), move.progress(), move.rows(), Duration.ZERO);
  }

  /**
   * Before {@link #takeOver}, as the other shard may be away: that of {@link Move#blockedAt}, which
   * alone is touched, lets writers in.
   */
  void letWritersIn() throws SQLException {
    switch (move.state()) {
      case FREEZING -> {
        // What the other mover saw when it compared is lost; compare again, with writers let in.
        claim(source);
        thaw(source, MoveState.CATCHING_UP);
      }
      case RETURNING -> {
        // As before; that it is on its way back stays.
        claim(target);
        thaw(target, MoveState.RETURNING);
      }
      case SWITCHED -> {
        claim(target);
        ownTarget();
      }
      case RETURNED -> {
        claim(source);
        ownSource();
      }
      case ABORTING -> openSource();
      default -> {
        // Nobody is kept out.
      }
    }
  }

  private void claim(ShardSide side) throws SQLException {
    step("token." + role(side));
    untilLocked(side, connection -> SlotRows.claim(connection, move.slots(), move.token()));
  }

  /**
   * Takes steps until the move is in one of these states, or final; or RETURNING, with writers let
   * in, where the way back did not come off.
   */
  Move runTo(MoveState... ends) throws SQLException {
    while (!move.state().isFinal()) {
      for (MoveState end : ends) {
        if (move.state() == end) {
          return move;
        }
      }
      switch (move.state()) {
        case PLANNED -> arm();
        case COPYING -> copy();
        case CATCHING_UP -> catchUp();
        case VERIFYING -> verify();
        case FREEZING -> handOver(source, forward, MoveState.SWITCHED, target);
        case SWITCHED -> activateTarget();
        case SOAKING -> advance(MoveState.FINALIZING, "");
        case FINALIZING -> finish();
        case RETURNING -> {
          handOver(target, backward, MoveState.RETURNED, source);
          if (move.state() == MoveState.RETURNING) {
            return move;
          }
        }
        case RETURNED -> activateSource();
        case ABORTING -> abort();
        case DONE, ROLLED_BACK, ABORTED -> throw new IllegalStateException(move.toString());
      }
    }
    return move;
  }

  private String role(ShardSide side) {
    return side.name().equals(move.source()) ? "source" : "target";
  }

  private void step(String label) {
    context.listener().step(move, label);
  }

  private void advance(MoveState to, String progress) throws SQLException {
    step(to.name());
    context.ledger().advance(move, to, progress, context.rows(move), context.options().lease());
    move = context.changed(move, to, progress);
  }

  /** Repeats until no writer is in the way; for changes that do not keep writers out. */
  private void untilLocked(ShardSide side, SqlStep work) throws SQLException {
    Attempts attempts = context.attempts();
    while (!side.locked(move.slots(), context.options().freezePatience(), work)) {
      attempts.pause("writers of slots " + move.slots() + " in \"" + side.name() + '"');
      if (move.state() == MoveState.PLANNED || move.state() == MoveState.FINALIZING) {
        context.beat(move);
      }
    }
  }

  private void requireMine(Connection connection, String what, SlotState... states)
      throws SQLException {
    SlotRows.require(
        connection,
        move.slots(),
        what,
        kind -> kind.has(move.token()) && List.of(states).contains(kind.state()));
  }

  private void set(Connection connection, SlotState state, boolean capture) throws SQLException {
    SlotRows.set(connection, move.slots(), state, capture);
  }

  /** Lets a side take writes, which it is to be in one of these states for. */
  private void change(ShardSide side, String what, boolean capture, SlotState... states)
      throws SQLException {
    untilLocked(
        side,
        connection -> {
          requireMine(connection, what, states);
          set(connection, SlotState.OWNED, capture);
        });
  }

  private void arm() throws SQLException {
    context.requireSameShape(source, target);
    claim(target);
    claim(source);
    step("arm.target");
    untilLocked(
        target,
        connection -> {
          requireMine(connection, "begin", SlotState.FOREIGN, SlotState.IMPORTING);
          target.requireEmpty(connection, move.slots());
          set(connection, SlotState.IMPORTING, false);
        });
    step("arm.source");
    change(source, "begin", true, SlotState.OWNED);
    advance(MoveState.COPYING, "0");
  }

  private void copy() throws SQLException {
    int done = Integer.parseInt(move.progress());
    int[] slots = move.slots().toArray();
    step("copy");
    for (int table = done / slots.length; table < target.shapes().size(); table++) {
      TableShape shape = target.shapes().get(table);
      // A slot that gets its first rows after this has them in the log.
      SortedMap<Integer, Long> filled = source.counts(shape, move.slots());
      int first = Math.max(0, done - table * slots.length);
      for (SlotPack pack :
          SlotPack.of(filled.tailMap(slots[first]), context.options().chunkRows())) {
        forward.copy(shape, pack.slots());
        if (context.due() && !forward.hasPostponed()) {
          int last = Arrays.binarySearch(slots, pack.last());
          advance(MoveState.COPYING, Integer.toString(table * slots.length + last + 1));
        }
      }
      forward.writePostponed(shape);
    }
    advance(MoveState.CATCHING_UP, "");
  }

  private void catchUp() throws SQLException {
    step("catch-up");
    forward.drainMost();
    advance(MoveState.VERIFYING, "");
  }

  private void verify() throws SQLException {
    step("verify");
    forward.compareAll();
    advance(MoveState.FREEZING, "");
  }

  /** Keeps writers out, carries over what is left, and lets the map name the other shard. */
  private void handOver(ShardSide from, Carrier carrier, MoveState switched, ShardSide winner)
      throws SQLException {
    if (switched == MoveState.RETURNED) {
      carrier.compareAll();
    }
    step("freeze");
    Attempts attempts = context.attempts();
    long start = freeze(from, carrier);
    while (start == NOT_FROZEN) {
      if (!attempts.another()) {
        giveUp(
            from, switched, "writers of its slots were too many, or took too long, for a freeze");
        return;
      }
      context.beat(move);
      start = freeze(from, carrier);
    }
    step("freeze.done");
    carrier.drainAll();
    step("drained");
    String differences = carrier.differences();
    if (!differences.isEmpty()) {
      giveUp(from, switched, differences);
      return;
    }
    step("switch");
    long token = move.token();
    Decision.Outcome outcome = context.decide(move, switched, winner.name());
    move = outcome.move();
    if (move.state() != switched) {
      callOff(from, winner, outcome, token);
      return;
    }
    context.told(move);
    step("switch.done");
    if (move.token() != token) {
      claim(winner);
    }
    if (switched == MoveState.SWITCHED) {
      ownTarget();
    } else {
      ownSource();
    }
    if (move.token() != token) {
      claim(from);
    }
    context.listener().paused(move, Duration.ofNanos(context.nanoTime() - start));
  }

  /** When writers began to be kept out; {@link #NOT_FROZEN} if they are not. */
  private long freeze(ShardSide from, Carrier carrier) throws SQLException {
    boolean few = carrier.drainMost();
    carrier.settle();
    long start = context.nanoTime();
    boolean frozen =
        few && from.locked(move.slots(), context.options().freezePatience(), this::freeze);
    return frozen ? start : NOT_FROZEN;
  }

  private void freeze(Connection connection) throws SQLException {
    requireMine(connection, "keep writers out", SlotState.OWNED, SlotState.FROZEN);
    set(connection, SlotState.FROZEN, true);
  }

  /** After a switch that has not come and will not: writers are let in, and the move goes on. */
  private void callOff(ShardSide from, ShardSide winner, Decision.Outcome outcome, long token)
      throws SQLException {
    if (move.token() != token) {
      claim(from);
    }
    open(from);
    if (move.token() != token) {
      claim(winner);
    }
    MoveState going = move.state() == MoveState.RETURNING ? MoveState.RETURNED : MoveState.SWITCHED;
    if (!outcome.inMap()) {
      giveUp(from, going, "the map has no shard \"" + winner.name() + "\" any more");
    } else if (++calledOff == MOST_CALLED_OFF || going == MoveState.RETURNED) {
      giveUp(from, going, "the control database did not answer while writers were kept out");
    } else {
      advance(MoveState.CATCHING_UP, "");
    }
  }

  private void giveUp(ShardSide from, MoveState switched, String reason) throws SQLException {
    context.warn(move, reason);
    if (switched == MoveState.SWITCHED) {
      advance(MoveState.ABORTING, reason);
    } else {
      thaw(from, MoveState.RETURNING);
    }
  }

  /** Lets writers in again where they were kept out, or were about to be. */
  private void thaw(ShardSide side, MoveState back) throws SQLException {
    open(side);
    advance(back, back == MoveState.RETURNING ? move.progress() : "");
  }

  private void open(ShardSide side) throws SQLException {
    step("thaw");
    change(side, "let writers in again", true, SlotState.OWNED, SlotState.FROZEN);
  }

  private void ownTarget() throws SQLException {
    step("activate.target");
    change(target, "take writes", true, SlotState.IMPORTING, SlotState.OWNED);
  }

  private void activateTarget() throws SQLException {
    ownTarget();
    step("activate.source");
    untilLocked(
        source,
        connection -> {
          requireMine(connection, "follow", SlotState.FROZEN, SlotState.IMPORTING);
          set(connection, SlotState.IMPORTING, false);
          ChangeLog.clear(connection, move.slots());
        });
    context.awaitReplicas(move, target);
    Duration soak = context.options().soak();
    soakedNanos = context.nanoTime() + soak.toNanos();
    advance(MoveState.SOAKING, Long.toString(context.ledger().now() + soak.toMillis()));
  }

  /**
   * Undoes the move if it has not taken effect.
   *
   * @return whether it was undone
   */
  boolean undo(String reason) throws SQLException {
    switch (move.state()) {
      case PLANNED, COPYING, CATCHING_UP, VERIFYING, FREEZING -> {
        advance(MoveState.ABORTING, reason);
        runTo();
        return true;
      }
      default -> {
        return false;
      }
    }
  }

  /** The way back, to its end; or to SOAKING again if it does not come off. */
  Move goBack() throws SQLException {
    if (move.state() == MoveState.SOAKING) {
      advance(MoveState.RETURNING, move.progress());
    }
    if (move.state() != MoveState.RETURNING && move.state() != MoveState.RETURNED) {
      throw new IllegalStateException(
          "move " + move.id() + " must be SOAKING to be rolled back, is " + move.state());
    }
    if (runTo().state() == MoveState.RETURNING) {
      advance(MoveState.SOAKING, move.progress());
    }
    return move;
  }

  /** Carries what was written since the switch back to the source. */
  void follow() throws SQLException {
    followedNanos = context.nanoTime();
    try {
      boolean unused = backward.drainSome();
    } catch (FencedException e) {
      throw e;
    } catch (SQLException e) {
      backward.requireBudget();
      throw e;
    }
    if (context.due()) {
      advance(MoveState.SOAKING, move.progress());
    }
  }

  /** When it was last followed. */
  long followedNanos() {
    return followedNanos;
  }

  /** Whether it has soaked for as long as it is to. */
  boolean hasSoaked() {
    return context.nanoTime() - soakedNanos >= 0;
  }

  /** Renews the lease when it is time. */
  void renew() throws SQLException {
    context.renewOwn(move);
  }

  private void finish() throws SQLException {
    context.awaitReaders(move);
    context.awaitReplicas(move, target);
    step("finalize.target");
    untilLocked(
        target,
        connection -> {
          requireMine(connection, "end", SlotState.OWNED);
          set(connection, SlotState.OWNED, false);
          ChangeLog.clear(connection, move.slots());
        });
    leave(source);
    advance(MoveState.DONE, "");
  }

  /** Deletes the rows of a side that only this mover may write any more, and leaves it. */
  private void leave(ShardSide side) throws SQLException {
    step("purge." + role(side));
    Purge.run(
        side, move.slots(), move.token(), context.options().chunkRows(), () -> context.beat(move));
    step("leave." + role(side));
    untilLocked(
        side,
        connection -> {
          requireMine(connection, "leave", SlotState.IMPORTING, SlotState.FOREIGN);
          set(connection, SlotState.FOREIGN, false);
          ChangeLog.clear(connection, move.slots());
        });
  }

  private void ownSource() throws SQLException {
    step("return.source");
    change(source, "take writes again", false, SlotState.IMPORTING, SlotState.OWNED);
  }

  private void activateSource() throws SQLException {
    ownSource();
    context.awaitReaders(move);
    context.awaitReplicas(move, source);
    step("return.target");
    untilLocked(
        target,
        connection -> {
          requireMine(
              connection, "give up", SlotState.FROZEN, SlotState.IMPORTING, SlotState.FOREIGN);
          set(connection, SlotState.IMPORTING, false);
        });
    leave(target);
    advance(MoveState.ROLLED_BACK, "");
  }

  private void abort() throws SQLException {
    openSource();
    claim(target);
    leave(target);
    advance(MoveState.ABORTED, move.progress());
  }

  /** The source takes writes again, which needs no more than that the switch cannot come. */
  private void openSource() throws SQLException {
    claim(source);
    step("abort.source");
    untilLocked(
        source,
        connection -> {
          requireMine(connection, "undo the move", SlotState.OWNED, SlotState.FROZEN);
          set(connection, SlotState.OWNED, false);
          ChangeLog.clear(connection, move.slots());
        });
  }
}
