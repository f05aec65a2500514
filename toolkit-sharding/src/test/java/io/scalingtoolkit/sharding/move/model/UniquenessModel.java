// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The protocol that keeps one value unique over all shards: two or three clients who want it, and
 * two sweepers.
 *
 * <p>The value's own shard has the reservation: pending or confirmed, with an id which is the
 * number of the client. The client's shard has its row and, under the id as primary key, what
 * became of the reservation: used, cancelled or released. Client and sweeper insert there under the
 * same key, so that one of them loses. A sweeper may take any pending reservation for old: no clock
 * is trusted. A rename takes the new value as a new client does, and gives back the old one as a
 * client does who deletes its row.
 */
final class UniquenessModel implements Model {
  private static final int MOST_CLIENTS = 3;
  private static final int SWEEPERS = 2;

  private enum Reservation {
    ABSENT,
    PENDING,
    CONFIRMED
  }

  private enum Outcome {
    NONE,
    USED,
    CANCELLED,
    RELEASED
  }

  private enum ClientStep {
    START,
    RESERVED,
    /** The main transaction is open and has inserted the used row. */
    WRITING,
    COMMITTED,
    /** Only a deviation is there: the row is committed and the used row is not yet. */
    USED_LATE,
    USING,
    RELEASED,
    CLEARING,
    ENDED
  }

  private enum SweeperStep {
    IDLE,
    /** Has read a pending reservation. */
    SEEN,
    FREEING,
    CONFIRMING,
    /** Has found a released row on a client's shard. */
    RELEASING,
    CLEARING
  }

  private static final Field RESERVATION;
  private static final Field RESERVED_BY;
  private static final Field[] STEP = new Field[MOST_CLIENTS];
  private static final Field[] OUTCOME = new Field[MOST_CLIENTS];
  private static final Field[] ROW = new Field[MOST_CLIENTS];
  private static final Field[] SWEEPER = new Field[SWEEPERS];
  private static final Field[] SWEEPS = new Field[SWEEPERS];

  static {
    Field.Layout layout = new Field.Layout();
    RESERVATION = layout.low(2);
    RESERVED_BY = layout.low(2);
    for (int client = 0; client < MOST_CLIENTS; client++) {
      STEP[client] = layout.low(4);
      OUTCOME[client] = layout.low(2);
      ROW[client] = layout.low(1);
    }
    for (int sweeper = 0; sweeper < SWEEPERS; sweeper++) {
      SWEEPER[sweeper] = layout.low(3);
      SWEEPS[sweeper] = layout.low(2);
    }
  }

  private final int clients;
  private final Set<UniquenessDeviation> deviations;

  /**
   * @param clients 1 to 3
   */
  UniquenessModel(int clients, Set<UniquenessDeviation> deviations) {
    this.clients = clients;
    this.deviations = Set.copyOf(deviations);
  }

  @Override
  public State initial() {
    return State.ZERO;
  }

  @Override
  public void steps(State state, Steps steps) {
    for (int client = 0; client < clients; client++) {
      client(state, client, steps);
    }
    for (int sweeper = 0; sweeper < SWEEPERS; sweeper++) {
      if (sweeperStep(state, sweeper) == SweeperStep.IDLE) {
        pick(state, sweeper, steps);
      } else {
        sweep(state, sweeper, steps);
        steps.add(clients + sweeper, "crashes", rest(state, sweeper));
      }
    }
  }

  private void client(State state, int client, Steps steps) {
    switch (clientStep(state, client)) {
      case START -> reserve(state, client, steps);
      case RESERVED -> {
        if (outcome(state, client) == Outcome.NONE) {
          steps.add(client, "inserts its row", at(state, client, ClientStep.WRITING));
        } else {
          steps.add(client, "finds it cancelled", at(state, client, ClientStep.ENDED));
        }
        steps.add(client, "crashes", at(state, client, ClientStep.ENDED));
      }
      case WRITING -> {
        commit(state, client, steps);
        steps.add(client, "rolls back", at(state, client, ClientStep.RESERVED));
        steps.add(client, "crashes", at(state, client, ClientStep.ENDED));
      }
      case USED_LATE -> {
        State used = state.with(OUTCOME[client], Outcome.USED.ordinal());
        steps.add(client, "inserts the used row", at(used, client, ClientStep.COMMITTED));
        steps.add(client, "crashes", at(state, client, ClientStep.USING));
      }
      case COMMITTED -> {
        State confirmed = confirm(state, client);
        steps.add(client, "confirms", at(confirmed, client, ClientStep.USING));
        steps.add(client, "crashes", at(state, client, ClientStep.USING));
      }
      case USING -> delete(state, client, steps);
      case RELEASED -> {
        ClientStep next =
            has(UniquenessDeviation.RELEASE_FIRST) ? ClientStep.ENDED : ClientStep.CLEARING;
        State freed =
            has(UniquenessDeviation.RELEASE_FIRST) ? released(state, client) : free(state, client);
        steps.add(client, "frees the value", at(freed, client, next));
        steps.add(client, "crashes", crashed(state, client));
      }
      case CLEARING -> {
        State cleared = state.with(OUTCOME[client], Outcome.NONE.ordinal());
        steps.add(client, "deletes the released row", at(cleared, client, ClientStep.ENDED));
        steps.add(client, "crashes", at(state, client, ClientStep.ENDED));
      }
      case ENDED -> {}
    }
  }

  private void reserve(State state, int client, Steps steps) {
    Reservation reservation = reservation(state);
    boolean free =
        reservation == Reservation.ABSENT
            || (has(UniquenessDeviation.RESERVE_OVERWRITES) && reservation == Reservation.PENDING);
    if (free) {
      State reserved =
          state.with(RESERVATION, Reservation.PENDING.ordinal()).with(RESERVED_BY, client);
      steps.add(client, "reserves", at(reserved, client, ClientStep.RESERVED));
    }
  }

  private void commit(State state, int client, Steps steps) {
    State row = state.with(ROW[client], 1);
    State used = row.with(OUTCOME[client], Outcome.USED.ordinal());
    State next;
    if (has(UniquenessDeviation.USED_AFTER_COMMIT)) {
      next = at(row, client, ClientStep.USED_LATE);
    } else {
      boolean without = has(UniquenessDeviation.NO_USED_ROW);
      next = at(without ? row : used, client, ClientStep.COMMITTED);
    }
    steps.add(client, "commits its row", next);
  }

  private void delete(State state, int client, Steps steps) {
    if (has(UniquenessDeviation.RELEASE_FIRST)) {
      State freed = at(free(state, client), client, ClientStep.RELEASED);
      steps.add(client, "frees the value", freed);
    } else {
      steps.add(
          client, "deletes its row", at(released(state, client), client, ClientStep.RELEASED));
    }
  }

  private State released(State state, int client) {
    Outcome left = has(UniquenessDeviation.RELEASE_UNRECORDED) ? Outcome.NONE : Outcome.RELEASED;
    return state.with(ROW[client], 0).with(OUTCOME[client], left.ordinal());
  }

  private State crashed(State state, int client) {
    boolean rowLeft = state.is(ROW[client]);
    return at(state, client, rowLeft ? ClientStep.USING : ClientStep.ENDED);
  }

  private void pick(State state, int sweeper, Steps steps) {
    int actor = clients + sweeper;
    if (reservation(state) == Reservation.PENDING) {
      State seen = state.with(SWEEPS[sweeper], state.get(RESERVED_BY));
      String label = "reads the pending reservation " + state.get(RESERVED_BY);
      steps.add(actor, label, at(seen, sweeper, SweeperStep.SEEN));
    }
    for (int client = 0; client < clients; client++) {
      if (outcome(state, client) == Outcome.RELEASED) {
        State found = state.with(SWEEPS[sweeper], client);
        String label = "finds the released row " + client;
        steps.add(actor, label, at(found, sweeper, SweeperStep.RELEASING));
      }
    }
  }

  private void sweep(State state, int sweeper, Steps steps) {
    int actor = clients + sweeper;
    int client = state.get(SWEEPS[sweeper]);
    switch (sweeperStep(state, sweeper)) {
      case SEEN -> ask(state, sweeper, client, steps);
      case FREEING -> {
        State freed = free(state, client);
        if (has(UniquenessDeviation.FREE_BEFORE_CANCEL) && outcome(state, client) == Outcome.NONE) {
          freed = freed.with(OUTCOME[client], Outcome.CANCELLED.ordinal());
        }
        if (has(UniquenessDeviation.CANCELLED_ROW_PURGED)) {
          freed = freed.with(OUTCOME[client], Outcome.NONE.ordinal());
        }
        steps.add(actor, "frees the value of " + client, rest(freed, sweeper));
      }
      case CONFIRMING ->
          steps.add(actor, "confirms " + client, rest(confirm(state, client), sweeper));
      case RELEASING -> {
        State freed = at(free(state, client), sweeper, SweeperStep.CLEARING);
        steps.add(actor, "frees the value of " + client, freed);
      }
      case CLEARING -> {
        boolean there = outcome(state, client) == Outcome.RELEASED;
        State cleared = there ? state.with(OUTCOME[client], Outcome.NONE.ordinal()) : state;
        steps.add(actor, "deletes the released row " + client, rest(cleared, sweeper));
      }
      case IDLE -> throw new IllegalStateException("nothing to sweep");
    }
  }

  /** Inserts the cancelled row, or learns why it cannot. */
  private void ask(State state, int sweeper, int client, Steps steps) {
    int actor = clients + sweeper;
    if (has(UniquenessDeviation.SWEEP_BY_AGE)) {
      steps.add(actor, "finds it old", at(state, sweeper, SweeperStep.FREEING));
      return;
    }
    if (has(UniquenessDeviation.SWEEP_READS_ONLY)) {
      boolean used = outcome(state, client) == Outcome.USED;
      SweeperStep next = used ? SweeperStep.CONFIRMING : SweeperStep.FREEING;
      steps.add(actor, "looks for the used row", at(state, sweeper, next));
      return;
    }
    // An insert under the same key waits for the transaction that is open.
    if (clientStep(state, client) == ClientStep.WRITING && !has(UniquenessDeviation.NO_USED_ROW)) {
      return;
    }
    switch (outcome(state, client)) {
      case NONE -> {
        boolean later = has(UniquenessDeviation.FREE_BEFORE_CANCEL);
        State cancelled = later ? state : state.with(OUTCOME[client], Outcome.CANCELLED.ordinal());
        steps.add(actor, "cancels " + client, at(cancelled, sweeper, SweeperStep.FREEING));
      }
      case USED -> steps.add(actor, "finds it used", at(state, sweeper, SweeperStep.CONFIRMING));
      case CANCELLED, RELEASED ->
          steps.add(actor, "finds it over", at(state, sweeper, SweeperStep.FREEING));
    }
  }

  private State confirm(State state, int client) {
    boolean same = state.get(RESERVED_BY) == client || has(UniquenessDeviation.CONFIRM_BY_VALUE);
    return reservation(state) == Reservation.PENDING && same
        ? state.with(RESERVATION, Reservation.CONFIRMED.ordinal())
        : state;
  }

  private State free(State state, int client) {
    boolean same = state.get(RESERVED_BY) == client || has(UniquenessDeviation.FREE_BY_VALUE);
    return reservation(state) != Reservation.ABSENT && same
        ? state.with(RESERVATION, Reservation.ABSENT.ordinal()).with(RESERVED_BY, 0)
        : state;
  }

  /** Sweepers are alike. */
  @Override
  public State canonical(State state) {
    int first = state.get(SWEEPER[0]) << 2 | state.get(SWEEPS[0]);
    int second = state.get(SWEEPER[1]) << 2 | state.get(SWEEPS[1]);
    return first <= second
        ? state
        : state
            .with(SWEEPER[0], state.get(SWEEPER[1]))
            .with(SWEEPS[0], state.get(SWEEPS[1]))
            .with(SWEEPER[1], state.get(SWEEPER[0]))
            .with(SWEEPS[1], state.get(SWEEPS[0]));
  }

  @Override
  public @Nullable String violation(State state) {
    int rows = 0;
    for (int client = 0; client < clients; client++) {
      rows += state.get(ROW[client]);
    }
    if (rows > 1) {
      return "U1: two rows have the value";
    }
    for (int client = 0; client < clients; client++) {
      boolean reserved =
          reservation(state) != Reservation.ABSENT && state.get(RESERVED_BY) == client;
      if (state.is(ROW[client]) && !reserved) {
        return "U2: a row has the value without its reservation";
      }
    }
    return null;
  }

  /** Nobody is at anything, and the reservation is there exactly when the row is. */
  @Override
  public @Nullable String end(State state) {
    for (int sweeper = 0; sweeper < SWEEPERS; sweeper++) {
      if (sweeperStep(state, sweeper) != SweeperStep.IDLE) {
        return null;
      }
    }
    for (int client = 0; client < clients; client++) {
      ClientStep step = clientStep(state, client);
      boolean rests =
          step == ClientStep.START || step == ClientStep.USING || step == ClientStep.ENDED;
      if (!rests || outcome(state, client) == Outcome.RELEASED) {
        return null;
      }
    }
    return switch (reservation(state)) {
      case ABSENT -> "FREE";
      case PENDING -> null;
      case CONFIRMED -> state.is(ROW[state.get(RESERVED_BY)]) ? "TAKEN" : null;
    };
  }

  @Override
  public String actor(State state, int actor) {
    return actor < clients ? "client " + actor : "sweeper " + (actor - clients);
  }

  @Override
  public String describe(State state) {
    StringBuilder text = new StringBuilder().append(reservation(state));
    text.append(reservation(state) == Reservation.ABSENT ? "" : " by " + state.get(RESERVED_BY));
    for (int client = 0; client < clients; client++) {
      text.append(" | ").append(client).append(' ').append(outcome(state, client));
      text.append(state.is(ROW[client]) ? " row" : "");
    }
    return text.toString();
  }

  private boolean has(UniquenessDeviation deviation) {
    return deviations.contains(deviation);
  }

  private static Reservation reservation(State state) {
    return Reservation.values()[state.get(RESERVATION)];
  }

  private static Outcome outcome(State state, int client) {
    return Outcome.values()[state.get(OUTCOME[client])];
  }

  private static ClientStep clientStep(State state, int client) {
    return ClientStep.values()[state.get(STEP[client])];
  }

  private static SweeperStep sweeperStep(State state, int sweeper) {
    return SweeperStep.values()[state.get(SWEEPER[sweeper])];
  }

  private static State at(State state, int client, ClientStep step) {
    return state.with(STEP[client], step.ordinal());
  }

  private static State at(State state, int sweeper, SweeperStep step) {
    return state.with(SWEEPER[sweeper], step.ordinal());
  }

  private static State rest(State state, int sweeper) {
    return at(state, sweeper, SweeperStep.IDLE).with(SWEEPS[sweeper], 0);
  }
}
