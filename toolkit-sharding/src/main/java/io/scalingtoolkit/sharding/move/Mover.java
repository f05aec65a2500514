// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.sharding.internal.Instances;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Moves slots from one database to another while they are written.
 *
 * <p>Rows are copied, changes noted by the triggers of the {@link SlotGuard} are carried over, both
 * sides are compared, writers of the slots are kept out for some milliseconds, and then one
 * compare-and-set in the control database makes the target the owner. A mover may die at any
 * moment: another one goes on with {@link #resume}, or undoes what has not taken effect. A mover
 * that only slept finds that the databases refuse it.
 *
 * <p>Thread-safe; each call works in the thread of its caller and blocks until it is through. The
 * data sources must lead to the primaries.
 */
public final class Mover {
  private final DataSource control;
  private final SlotGuard guard;
  private final Map<String, DataSource> shards;
  private final MoveOptions options;
  private final MoveListener listener;
  private final ReplicaWait replicas;
  private final @Nullable MeterRegistry registry;
  private final String owner;
  private final MonotonicClock clock;
  private final MoveLedger ledger;

  private Mover(Builder builder) {
    control = builder.control;
    guard = builder.guard;
    shards = Map.copyOf(builder.shards);
    options = builder.options;
    listener = builder.listener;
    replicas = builder.replicas;
    registry = builder.registry;
    owner = builder.owner;
    clock = builder.clock;
    ledger = new MoveLedger(control, Silence.of(options.lease()));
  }

  /**
   * Begins to build a mover.
   *
   * @param control the database with the map
   * @param guard the tables that move; installed in all shards
   */
  public static Builder builder(DataSource control, SlotGuard guard) {
    return new Builder(control, guard);
  }

  /** A builder of movers; confined to one thread. */
  public static final class Builder {
    private final DataSource control;
    private final SlotGuard guard;
    private final Map<String, DataSource> shards = new LinkedHashMap<>();
    private MoveOptions options = MoveOptions.DEFAULT;
    private MoveListener listener = MoveListener.NONE;
    private ReplicaWait replicas = ReplicaWait.NONE;
    private @Nullable MeterRegistry registry;
    private String owner = "pid-" + ProcessHandle.current().pid() + '-' + UUID.randomUUID();
    private MonotonicClock clock = MonotonicClock.system();

    private Builder(DataSource control, SlotGuard guard) {
      this.control = Objects.requireNonNull(control, "control");
      this.guard = Objects.requireNonNull(guard, "guard");
    }

    /** Adds the primary of a shard of the map. */
    public Builder shard(String name, DataSource database) {
      if (shards.putIfAbsent(name, Objects.requireNonNull(database, "database")) != null) {
        throw new IllegalArgumentException("shard \"" + name + "\" is given twice");
      }
      return this;
    }

    /** Sets how to go about it. */
    public Builder options(MoveOptions moveOptions) {
      options = Objects.requireNonNull(moveOptions, "moveOptions");
      return this;
    }

    /** Sets who is told. */
    public Builder listener(MoveListener moveListener) {
      listener = Objects.requireNonNull(moveListener, "moveListener");
      return this;
    }

    /**
     * Sets what says whether replicas have caught up, which is waited for before rows on a source
     * are deleted; nothing is waited for unless set.
     */
    public Builder awaitReplicas(ReplicaWait wait) {
      replicas = Objects.requireNonNull(wait, "wait");
      return this;
    }

    /** Sets where rows, pauses and ends of moves are counted; nowhere unless set. */
    public Builder meterRegistry(MeterRegistry meterRegistry) {
      registry = Objects.requireNonNull(meterRegistry, "meterRegistry");
      return this;
    }

    /**
     * Sets the name under which moves are taken, which one mover at a time may have: a mover goes
     * on at once with moves of its own name. A random one unless set.
     *
     * @param name 1 to 128 characters
     */
    public Builder owner(String name) {
      if (name.isEmpty() || name.length() > 128) {
        throw new IllegalArgumentException(
            "owner must have 1 to 128 characters, has " + name.length());
      }
      owner = name;
      return this;
    }

    Builder clock(MonotonicClock monotonic) {
      clock = monotonic;
      return this;
    }

    /**
     * The mover; creates its tables in the control database where they are missing.
     *
     * @throws SQLException if the control database refuses
     */
    public Mover build() throws SQLException {
      Mover mover = new Mover(this);
      mover.ledger.createTable();
      Instances.createTable(control);
      return mover;
    }
  }

  /**
   * Moves slots, group by group, to the end. Groups that soak are followed while others are moved.
   *
   * @param transfers as a {@link SlotPlanner} says
   * @return what came of it; a move that was undone has its reason as its progress
   * @throws SQLException if a database fails; what has not taken effect is undone where that is
   *     possible, and otherwise left to {@link #resume}
   * @throws IllegalStateException if another move has some of the slots
   */
  public MoveReport run(List<SlotPlanner.Transfer> transfers) throws SQLException {
    List<Duration> pauses = new ArrayList<>();
    List<Move> ended = new ArrayList<>();
    HeldMoves held = new HeldMoves();
    for (SlotPlanner.Transfer transfer : transfers) {
      for (SlotSet group : transfer.slots().split(options.groupSize())) {
        MoveRun run = begin(group, transfer.from(), transfer.to(), held, pauses);
        goOn(run, held, ended, !options.soak().isZero());
      }
    }
    end(held, ended);
    return new MoveReport(ended, pauses);
  }

  /** To where the move soaks, or to its end. */
  private void goOn(MoveRun run, HeldMoves held, List<Move> ended, boolean soaks)
      throws SQLException {
    boolean keep = false;
    try {
      Move move = soaks ? guarded(run, MoveState.SOAKING) : guarded(run);
      keep = move.state() == MoveState.SOAKING;
      if (!keep) {
        ended.add(move);
      }
    } finally {
      if (!keep) {
        held.remove(run);
      }
    }
  }

  /** Lets moves soak, and ends them; those that are not at their end are followed meanwhile. */
  private void end(HeldMoves held, List<Move> ended) throws SQLException {
    held.soak();
    Failures failures = new Failures();
    for (MoveRun run : held.list()) {
      failures.in(() -> goOn(run, held, ended, false));
    }
    failures.in(held::requireAll);
    failures.throwFirst();
  }

  private MoveRun begin(
      SlotSet slots, String from, String to, HeldMoves held, List<Duration> pauses)
      throws SQLException {
    Move planned =
        new Move(
            UUID.randomUUID().toString(),
            slots,
            from,
            to,
            MoveState.PLANNED,
            0,
            owner,
            0,
            0,
            "",
            0);
    Move move = planned.withToken(ledger.create(planned, options.lease()));
    return run(move, held, pauses);
  }

  private MoveContext context(HeldMoves held, List<Duration> pauses) {
    MoveListener told = registry == null ? listener : new MoveMeters(registry, listener);
    return new MoveContext(
        ledger, control, options, new Recording(told, pauses), clock, replicas, held);
  }

  /** Passes on what it is told, and keeps the pauses. */
  private record Recording(MoveListener next, List<Duration> pauses) implements MoveListener {
    @Override
    public void progressed(Move move) {
      next.progressed(move);
    }

    @Override
    public void step(Move move, String label) {
      next.step(move, label);
    }

    @Override
    public void paused(Move move, Duration pause) {
      pauses.add(pause);
      next.paused(move, pause);
    }
  }

  private ShardSide side(String shard) throws SQLException {
    DataSource database = shards.get(shard);
    if (database == null) {
      throw new IllegalArgumentException(
          "the mover must have the shard \"" + shard + "\", has " + shards.keySet());
    }
    return ShardSide.open(shard, database, guard.tables(), Silence.of(options.lease()));
  }

  /** Runs to one of these states or the end; undoes what fails before it took effect. */
  private Move guarded(MoveRun run, MoveState... ends) throws SQLException {
    try {
      return run.runTo(ends);
    } catch (FencedException e) {
      throw e;
    } catch (SQLException | RuntimeException e) {
      try {
        if (run.undo(String.valueOf(e.getMessage()))) {
          if (e instanceof BudgetException) {
            return run.move();
          }
        } else if (run.move().state() == MoveState.RETURNING) {
          openAgain(run);
        }
      } catch (SQLException undo) {
        e.addSuppressed(undo);
      }
      throw e;
    }
  }

  /**
   * Lets writers in after a way back failed, which stays on its way. Only a new token makes sure
   * that the map does not change any more.
   */
  private void openAgain(MoveRun run) throws SQLException {
    MoveRun unused = claim(ledger.get(run.move().id()), new ArrayList<>());
  }

  /**
   * Goes on with all unfinished moves whose mover is gone, until each has taken effect or was
   * undone; moves that soak are followed until they have for as long as their mover was to let
   * them, and go on to their end, and moves on their way back to theirs.
   *
   * @return what came of those that this mover took over; a way back that did not come off is still
   *     {@link MoveState#RETURNING}, and gone on with by the next call
   * @throws SQLException if a database fails; the moves that do not need it have been gone on with
   */
  public MoveReport resume() throws SQLException {
    List<Duration> pauses = new ArrayList<>();
    List<Move> ended = new ArrayList<>();
    HeldMoves held = new HeldMoves();
    Failures failures = new Failures();
    List<Move> all = ledger.list();
    // Those that soak before others, so that they are followed from the beginning.
    for (Move seen : all) {
      if (seen.state() == MoveState.SOAKING) {
        failures.in(() -> takeOver(seen, held, pauses));
      }
    }
    for (Move seen : all) {
      if (seen.state() != MoveState.SOAKING && !seen.state().isFinal()) {
        failures.in(
            () -> {
              MoveRun run = takeOver(seen, held, pauses);
              if (run != null) {
                goOn(run, held, ended, true);
              }
            });
      }
    }
    failures.in(() -> end(held, ended));
    failures.throwFirst();
    return new MoveReport(ended, pauses);
  }

  /** A database that is away is in the way of its own moves only. */
  private static final class Failures {
    private @Nullable Exception first;

    interface Step {
      void run() throws SQLException;
    }

    void in(Step step) {
      try {
        step.run();
      } catch (SQLException | RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }

    void throwFirst() throws SQLException {
      if (first instanceof SQLException failure) {
        throw failure;
      } else if (first instanceof RuntimeException failure) {
        throw failure;
      }
    }
  }

  /**
   * Lets writers in again where a mover died while it kept them out: its move goes back to catching
   * up, or is still on its way back, if it has not taken effect, and otherwise goes forward until
   * the new owner takes writes. Does nothing to other moves, and nothing while a lease runs. Made
   * for application processes, which meet a frozen slot before anybody else does.
   *
   * @return how many moves it took over
   * @throws SQLException if a database fails
   */
  public int unblock() throws SQLException {
    AtomicInteger taken = new AtomicInteger();
    Failures failures = new Failures();
    for (Move seen : ledger.list()) {
      failures.in(
          () -> {
            MoveRun run = seen.blockedAt() == null ? null : claim(seen, new ArrayList<>());
            if (run != null) {
              run.release();
              taken.incrementAndGet();
            }
          });
    }
    failures.throwFirst();
    return taken.get();
  }

  /**
   * Makes the move this mover's and lets writers in, for which the shard that keeps them out is
   * enough; null if another one is at it.
   */
  private @Nullable MoveRun claim(Move seen, List<Duration> pauses) throws SQLException {
    long token = ledger.claim(seen, owner, options.lease());
    Move move = ledger.get(seen.id());
    if (token == 0 || move.token() != token) {
      return null;
    }
    String blocked = move.blockedAt();
    ShardSide side = side(blocked == null ? move.source() : blocked);
    MoveRun run = new MoveRun(context(new HeldMoves(), pauses), move, side, side);
    run.letWritersIn();
    return run;
  }

  private @Nullable MoveRun takeOver(Move seen, HeldMoves held, List<Duration> pauses)
      throws SQLException {
    MoveRun claimed = claim(seen, pauses);
    if (claimed == null) {
      return null;
    }
    MoveRun run = run(claimed.move(), held, pauses);
    try {
      run.takeOver();
    } catch (SQLException | RuntimeException e) {
      held.remove(run);
      throw e;
    }
    return run;
  }

  private MoveRun run(Move move, HeldMoves held, List<Duration> pauses) throws SQLException {
    ShardSide typed = side(move.target());
    ShardSide source = side(move.source()).typedBy(typed);
    MoveRun run = new MoveRun(context(held, pauses), move, source, typed.typedBy(source));
    held.add(run);
    return run;
  }

  private MoveRun mustTakeOver(String id) throws SQLException {
    Move seen = ledger.get(id);
    MoveRun run =
        seen.state().isFinal() ? null : takeOver(seen, new HeldMoves(), new ArrayList<>());
    if (run == null) {
      throw new IllegalStateException(
          "move " + id + " (" + seen.state() + ") is ended, or \"" + seen.owner() + "\" is at it");
    }
    return run;
  }

  /**
   * Undoes a move that has not taken effect.
   *
   * @return the move as it ended
   * @throws IllegalStateException if it has taken effect or is ended, or another mover is at it
   * @throws SQLException if a database fails
   */
  public Move abort(String id) throws SQLException {
    MoveRun run = mustTakeOver(id);
    if (!run.undo("aborted by request")) {
      throw new IllegalStateException(
          "move " + id + " has taken effect (" + run.move().state() + "); roll it back instead");
    }
    return run.move();
  }

  /**
   * Brings the slots of a move that soaks back to the source, with all that was written since.
   *
   * @return the move as it ended: rolled back, or still soaking if it did not come off, as writers
   *     could not be kept out for instance
   * @throws IllegalStateException if the move does not soak, or another mover is at it
   * @throws SQLException if a database fails; then the move is still on its way back, and {@link
   *     #resume} goes on with it
   */
  public Move rollBack(String id) throws SQLException {
    MoveRun run = mustTakeOver(id);
    try {
      return run.goBack();
    } catch (FencedException e) {
      throw e;
    } catch (SQLException e) {
      try {
        openAgain(run);
      } catch (SQLException away) {
        e.addSuppressed(away);
      }
      throw e;
    }
  }

  /** All moves, the oldest first. */
  public List<Move> moves() throws SQLException {
    return ledger.list();
  }
}
