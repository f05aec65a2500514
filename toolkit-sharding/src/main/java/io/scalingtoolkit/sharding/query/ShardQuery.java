// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads from all shards at once. Each shard runs the SQL for its own rows, and what they give is
 * {@linkplain #onEach taken as it is}, {@linkplain #orderedBy merged in order} or {@linkplain
 * #groupedBy combined}. What cannot be found that way is refused.
 *
 * <p><b>Slots that move.</b> While a slot moves both shards have its rows. So the SQL has the
 * placeholder <code>{slots}</code> in its condition, by {@code and}, which becomes a condition on
 * the slot column for what the map gives to each shard. When every shard has begun to answer the
 * map is read again; if it changed the query is run again, at most {@value #MOST_ATTEMPTS} times.
 * Hence each row that was committed before the query began and is not changed while it runs is seen
 * exactly once, also while its slot moves. Rows that change meanwhile are seen as they were before
 * or after, each shard for itself: there is no common snapshot. This holds for pools that lead to
 * primaries; a replica may lag behind a move.
 *
 * <p><b>Connections.</b> {@link #onEach} holds one connection at a time in each thread. A merged
 * result holds one of every shard until it is closed; they are waited for in one order, and given
 * back if they cannot all be had before the deadline. Who holds a connection of a shard while it
 * runs a query must have pools of two or more. Nothing is read within a transaction of {@code
 * inShard}.
 *
 * <p>Thread-safe. Make one and keep it: it has threads that end when they are idle. Calls block
 * until the deadline at most, plus what a step of the caller does in its own thread.
 */
public final class ShardQuery {
  static final int MOST_ATTEMPTS = 10;

  private static final Duration LONGEST = Duration.ofHours(24);

  private final ShardedDataSource shards;
  private final int parallelism;
  private final Duration deadline;
  private final int fetchSize;
  private final String slotColumn;
  private final FailurePolicy policy;
  private final MonotonicClock clock;
  private final QueryThreads threads;
  private final boolean everywhere;

  private ShardQuery(Builder builder, QueryThreads threads, boolean everywhere) {
    shards = builder.shards;
    parallelism = builder.parallelism;
    deadline = builder.deadline;
    fetchSize = builder.fetchSize;
    slotColumn = builder.slotColumn;
    policy = builder.policy;
    clock = builder.clock;
    this.threads = threads;
    this.everywhere = everywhere;
  }

  private ShardQuery(ShardQuery other) {
    shards = other.shards;
    parallelism = other.parallelism;
    deadline = other.deadline;
    fetchSize = other.fetchSize;
    slotColumn = other.slotColumn;
    policy = other.policy;
    clock = other.clock;
    threads = other.threads;
    everywhere = true;
  }

  /** Begins to build one. */
  public static Builder builder(ShardedDataSource shards) {
    return new Builder(shards);
  }

  /** A builder of queries; confined to one thread. */
  public static final class Builder {
    private final ShardedDataSource shards;
    private int parallelism = 8;
    private Duration deadline = Duration.ofSeconds(30);
    private int fetchSize = 128;
    private String slotColumn = "slot_id";
    private FailurePolicy policy = FailurePolicy.FAIL;
    private MonotonicClock clock = MonotonicClock.system();
    private @Nullable Executor executor;

    private Builder(ShardedDataSource shards) {
      this.shards = Objects.requireNonNull(shards, "shards");
    }

    /**
     * Sets how many shards one call has at work at once, 8 unless set.
     *
     * @param threads 1 to 256
     */
    public Builder parallelism(int threads) {
      parallelism = within("parallelism", threads, 256);
      return this;
    }

    /**
     * Sets whose threads do the work, daemons of the query unless set. It must be able to run as
     * many tasks at once as all calls have at work, or they wait for each other until the deadline.
     */
    public Builder executor(Executor given) {
      executor = Objects.requireNonNull(given, "given");
      return this;
    }

    /**
     * Sets how long a call may take, for merged rows until the last one was read; 30 s unless set.
     * Then statements are cancelled, and connections closed that do not end. Where late shards are
     * left out, nine tenths are theirs, and the rest for reading the map again. Pools should give
     * up sooner.
     *
     * @param longest 1 ms to 24 h
     */
    public Builder deadline(Duration longest) {
      if (longest.compareTo(Duration.ofMillis(1)) < 0 || longest.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException(
            "deadline must be PT0.001S to " + LONGEST + ", was " + longest);
      }
      deadline = longest;
      return this;
    }

    /**
     * Sets how many rows of a shard are fetched at once into memory, 128 unless set. Connector/J of
     * MySQL reads row by row instead; SQLite always does.
     *
     * @param rows 1 to 100,000
     */
    public Builder fetchSize(int rows) {
      fetchSize = within("fetchSize", rows, 100_000);
      return this;
    }

    /**
     * Sets the column with the slot for placeholders that do not name it, {@code slot_id} unless
     * set.
     *
     * @param column goes into the SQL as it is
     */
    public Builder slotColumn(String column) {
      slotColumn = Objects.requireNonNull(column, "column");
      return this;
    }

    /** Sets what a shard that fails means, {@link FailurePolicy#FAIL} unless set. */
    public Builder onFailure(FailurePolicy failurePolicy) {
      policy = Objects.requireNonNull(failurePolicy, "failurePolicy");
      return this;
    }

    Builder clock(MonotonicClock monotonic) {
      clock = monotonic;
      return this;
    }

    private static int within(String name, int value, int most) {
      if (value < 1 || value > most) {
        throw new IllegalArgumentException(name + " must be 1 to " + most + ", was " + value);
      }
      return value;
    }

    /** The query; it starts nothing. */
    public ShardQuery build() {
      return new ShardQuery(this, new QueryThreads(executor), false);
    }
  }

  /**
   * The same without <code>{slots}</code>: it reads all rows of every shard of the map, whatever
   * their slots. For tables whose rows do not move; a sharded table would have rows twice or not at
   * all.
   */
  public ShardQuery everywhere() {
    return new ShardQuery(this);
  }

  /**
   * Does a step at every shard that has slots, some at a time.
   *
   * @return one result for each shard, ordered by name; under {@link FailurePolicy#FAIL} only
   *     successes. Immutable
   * @throws SQLException if a shard fails or is late, and the policy is to fail then, naming it; or
   *     of class {@link SQLTransientException} if slots moved at each attempt
   */
  public <T extends @Nullable Object> List<ShardResult<T>> onEach(ShardStep<T> step)
      throws SQLException {
    FanOut fanOut = fanOut(policy);
    return unmoved(fanOut, (early, map) -> onEach(early, map, step), results -> {});
  }

  private <T extends @Nullable Object> List<ShardResult<T>> onEach(
      FanOut fanOut, ShardMap map, ShardStep<T> step) throws SQLException {
    List<StepJob<T>> jobs = new ArrayList<>();
    for (ShardSlice slice : slices(map)) {
      jobs.add(new StepJob<>(ConnectJob.pool(shards, slice.shard()), slice, step));
    }
    return fanOut.run(jobs);
  }

  /**
   * Rows in order.
   *
   * @param columns as in the ORDER BY of the SQL; at least one
   */
  public OrderedQuery orderedBy(SortColumn... columns) {
    return new OrderedQuery(this, List.of(columns));
  }

  /**
   * Groups in the order of their keys.
   *
   * @param keys as in the GROUP BY and ORDER BY of the SQL; none for one row over everything
   */
  public GroupedQuery groupedBy(SortColumn... keys) {
    return new GroupedQuery(this, List.of(keys));
  }

  int fetchSize() {
    return fetchSize;
  }

  FailurePolicy policy() {
    return policy;
  }

  boolean isEverywhere() {
    return everywhere;
  }

  MergedRows merge(MergePlan plan, FailurePolicy onFailure, UnaryOperator<RowSource> shape)
      throws SQLException {
    FanOut fanOut = fanOut(onFailure);
    SortedMerge merge = unmoved(fanOut, (early, map) -> open(early, map, plan), SortedMerge::close);
    return new MergedRows(shape.apply(merge), plan.limit(), fanOut);
  }

  private SortedMerge open(FanOut fanOut, ShardMap map, MergePlan plan) throws SQLException {
    ConnectJob.Held held = fanOut.runOne(new ConnectJob(shards, slices(map), fanOut.policy()));
    List<ShardCursor> cursors = new ArrayList<>();
    held.connections().forEach((slice, connection) -> cursors.add(cursor(slice, connection, plan)));
    List<ShardCursor> opened = new ArrayList<>();
    Map<String, SQLException> failures = new LinkedHashMap<>(held.failures());
    boolean through = false;
    try {
      for (ShardResult<ShardCursor> result : fanOut.run(cursors)) {
        if (result instanceof ShardResult.Failure<ShardCursor> failure) {
          failures.put(failure.shard(), failure.cause());
        } else {
          opened.add(result.value());
        }
      }
      SortedMerge merge = new SortedMerge(opened, plan.order(), fanOut.policy(), failures);
      through = true;
      return merge;
    } finally {
      cursors.forEach(ShardCursor::giveUp);
      if (!through) {
        opened.forEach(ShardCursor::close);
      }
    }
  }

  private static ShardCursor cursor(ShardSlice slice, Connection connection, MergePlan plan) {
    String sql = plan.sql().text(slice, plan.limit(), plan.after());
    return new ShardCursor(slice.shard(), connection, sql, plan.parameters(), plan);
  }

  private FanOut fanOut(FailurePolicy onFailure) {
    return new FanOut(threads, parallelism, onFailure, Deadline.in(deadline, clock));
  }

  /** What is read by one map. */
  private interface Attempt<R> {
    R by(FanOut early, ShardMap map) throws SQLException;
  }

  /** Reads until the map did not change in between: what one shard gave up another one has got. */
  private <R> R unmoved(FanOut fanOut, Attempt<R> attempt, Consumer<R> discard)
      throws SQLException {
    FanOut early = everywhere ? fanOut : fanOut.earlier();
    for (int round = 1; ; round++) {
      ShardMap before = shards.map();
      R result = attempt.by(early, before);
      if (everywhere) {
        return result;
      }
      boolean same = false;
      try {
        same = fanOut.runOne(new SameMapJob(shards, before));
      } finally {
        if (!same) {
          discard.accept(result);
        }
      }
      if (same) {
        return result;
      }
      if (round == MOST_ATTEMPTS) {
        throw new SQLTransientException(
            "slots moved during each of " + MOST_ATTEMPTS + " attempts to read them", "TK011");
      }
      if (early.deadline().isOver()) {
        throw fanOut.deadline().exceeded("slots moved, and all could not be read again");
      }
    }
  }

  /**
   * Whether every slot was where it is for all the time between two maps. Each version follows the
   * one before, so that a slot can only have left and come back in two of them.
   */
  private static boolean isSame(ShardMap before, ShardMap after) {
    if (after.version() == before.version()) {
      return true;
    }
    if (after.version() - before.version() > 1 || after.slots() != before.slots()) {
      return false;
    }
    for (int slot = 0; slot < before.slots(); slot++) {
      if (!before.shardOf(slot).equals(after.shardOf(slot))) {
        return false;
      }
    }
    return true;
  }

  /** Looks whether the map holds still. */
  private static final class SameMapJob extends ShardJob<Boolean> {
    private final ShardedDataSource shards;
    private final ShardMap before;

    SameMapJob(ShardedDataSource shards, ShardMap before) {
      super("control database");
      this.shards = shards;
      this.before = before;
    }

    @Override
    String late() {
      return "the control database did not say";
    }

    @Override
    Boolean work() throws SQLException {
      if (shards.isCurrent(before)) {
        return true;
      }
      shards.refresh();
      return isSame(before, shards.map());
    }
  }

  private List<ShardSlice> slices(ShardMap map) {
    List<ShardSlice> slices = new ArrayList<>();
    List<String> names = map.shards().stream().map(Shard::name).sorted().toList();
    for (String name : names) {
      SlotSet slots = map.slotsOf(name);
      if (everywhere || !slots.isEmpty()) {
        slices.add(new ShardSlice(name, slots, slotColumn, map.version()));
      }
    }
    return slices;
  }
}
