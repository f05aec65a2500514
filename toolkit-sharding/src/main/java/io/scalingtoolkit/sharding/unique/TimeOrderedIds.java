// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.core.time.WallClock;
import io.scalingtoolkit.sharding.unique.IdsUnavailableException.Reason;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ids of 64 bits, unique over all processes, that ascend with the time they were made.
 *
 * <p>From the highest bit: 0, 41 bits of milliseconds since an epoch, 10 bits for the node, 12 bits
 * to count on. A node number is leased from the control database, so that none is set by hand. An
 * id is only handed out while it is certain that nobody else can have handed out the same: whatever
 * the clocks of the machines do, and whoever had the node number before.
 *
 * <p>Ids of one process ascend strictly. Those of several processes are ordered as well as their
 * clocks agree. A node makes 4,096 ids in a millisecond and, for a short time, more: they run ahead
 * of the clock by no more than the tolerance.
 *
 * <p>Thread-safe. {@link #next} does not touch the database; it waits only if ids have run ahead as
 * far as they may.
 *
 * <p>Invariants: {@code last} only grows, by compare-and-set, so no two calls get the same time and
 * count. The times of a holder of a node lie above the ceiling that its row had when it was taken,
 * and up to the ceiling in the row. Closing makes {@code last} the highest long first: a call under
 * way cannot hand out an id any more when the node is given back.
 */
public final class TimeOrderedIds implements AutoCloseable {
  /** The bits of the node number: 1,024 nodes. */
  public static final int NODE_BITS = 10;

  /** The bits of the count: 4,096 ids in a millisecond. */
  public static final int SEQUENCE_BITS = 12;

  /** The epoch unless set: 2024-01-01T00:00:00Z. Ids last for 69 years from there. */
  public static final Instant DEFAULT_EPOCH = Instant.parse("2024-01-01T00:00:00Z");

  private static final Logger LOG = LoggerFactory.getLogger(TimeOrderedIds.class);
  private static final int NODES = 1 << NODE_BITS;
  private static final long MOST_MILLIS = 1L << 41;
  private static final int CLAIM_ATTEMPTS = 1_000;
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  private final NodeTable table;
  private final long epochMillis;
  private final Duration lease;
  private final long toleranceMillis;
  private final long skewMillis;
  private final WallClock wall;
  private final MonotonicClock clock;
  private final Runnable pause;
  private final ReentrantLock renewing = new ReentrantLock();
  private final AtomicBoolean soon = new AtomicBoolean();
  private final @Nullable ScheduledThreadPoolExecutor executor;

  /** Milliseconds since the epoch, shifted by the bits of the count, and the count. */
  private final AtomicLong last = new AtomicLong(-1);

  private volatile NodeLease held;
  private boolean failing;

  private TimeOrderedIds(Builder builder) throws SQLException {
    table = new NodeTable(builder.control);
    epochMillis = builder.epoch.toEpochMilli();
    lease = builder.lease;
    toleranceMillis = builder.tolerance.toMillis();
    skewMillis = builder.skew.toMillis();
    wall = builder.wall;
    clock = builder.clock;
    pause = builder.pause;
    table.create();
    held = claim();
    executor = builder.background ? start() : null;
  }

  /**
   * Begins to build a source of ids.
   *
   * @param control the database with the table {@code tk_node}, which is created where it is
   *     missing
   */
  public static Builder builder(DataSource control) {
    return new Builder(control);
  }

  /** A builder; confined to one thread. */
  public static final class Builder {
    private final DataSource control;
    private Instant epoch = DEFAULT_EPOCH;
    private Duration lease = Duration.ofSeconds(30);
    private Duration tolerance = Duration.ofMillis(500);
    private Duration skew = Duration.ofSeconds(10);
    private WallClock wall = WallClock.system();
    private MonotonicClock clock = MonotonicClock.system();
    private Runnable pause = () -> LockSupport.parkNanos(PAUSE_NANOS);
    private boolean background = true;

    private Builder(DataSource control) {
      this.control = Objects.requireNonNull(control, "control");
    }

    /** Sets the time from which ids count; the same in all processes, for ever. */
    public Builder epoch(Instant time) {
      epoch = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * Sets how long a node is leased, 30 s unless set. It is renewed three times as often; without
     * the control database ids go on for two thirds of it at least.
     *
     * @param time 1 s to 1 h
     */
    public Builder lease(Duration time) {
      lease = within("lease", time, Duration.ofSeconds(1));
      return this;
    }

    /**
     * Sets how far ids may be ahead of the clock of the machine, because it stepped back or because
     * there are more than 4,096 in a millisecond; 500 ms unless set.
     *
     * @param time 1 ms to 1 h
     */
    public Builder tolerance(Duration time) {
      tolerance = within("tolerance", time, Duration.ofMillis(1));
      return this;
    }

    /**
     * Sets how far the clock of the machine may be from that of the control database, 10 s unless
     * set; with more the lease is not renewed, so that a wrong clock does not use up the future.
     *
     * @param time 1 s to 1 h
     */
    public Builder clockSkew(Duration time) {
      skew = within("clockSkew", time, Duration.ofSeconds(1));
      return this;
    }

    private static Duration within(String name, Duration value, Duration least) {
      Duration most = Duration.ofHours(1);
      if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
        throw new IllegalArgumentException(
            name + " must be " + least + " to " + most + ", was " + value);
      }
      return value;
    }

    /** Sets the clocks, for tests. */
    public Builder clocks(WallClock wallClock, MonotonicClock monotonic) {
      wall = Objects.requireNonNull(wallClock, "wallClock");
      clock = Objects.requireNonNull(monotonic, "monotonic");
      return this;
    }

    /** Sets how a call waits for the clock, for tests. */
    Builder pause(Runnable wait) {
      pause = wait;
      return this;
    }

    /** Leaves it to the test to renew. */
    Builder renewedByHand() {
      background = false;
      return this;
    }

    /**
     * Leases a node and starts to renew it in the background.
     *
     * @throws SQLException if the control database does not answer, or all 1,024 nodes are leased:
     *     SQLState {@code TK010}
     * @throws IdsUnavailableException if the clock of this machine is too far from that of the
     *     database
     */
    public TimeOrderedIds build() throws SQLException {
      return new TimeOrderedIds(this);
    }
  }

  private ScheduledThreadPoolExecutor start() {
    ScheduledThreadPoolExecutor renewer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "node-lease");
              thread.setDaemon(true);
              return thread;
            });
    renewer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    // A call of next may ask for a renewal while another thread closes.
    renewer.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    long every = lease.toNanos() / 3;
    // Never done unless it throws, which renewQuietly does not.
    ScheduledFuture<?> unused =
        renewer.scheduleWithFixedDelay(this::renewQuietly, every, every, TimeUnit.NANOSECONDS);
    return renewer;
  }

  /**
   * A new id, above all that this process got before.
   *
   * @return above 0
   * @throws IdsUnavailableException if there can be none now; the reason says what has to change
   */
  public long next() {
    while (true) {
      NodeLease current = held;
      if (clock.nanoTime() - current.endNanos() >= 0) {
        renewSoon();
        throw unavailable(
            closed() ? Reason.CLOSED : Reason.LEASE_OVER, "the lease of node " + current.node());
      }
      long now = wall.now().toEpochMilli() - epochMillis;
      if (now < 0 || now >= MOST_MILLIS) {
        throw unavailable(Reason.CLOCK_OUT_OF_RANGE, now + " ms since the epoch");
      }
      long before = last.get();
      if (before == Long.MAX_VALUE) {
        throw unavailable(Reason.CLOSED, "this source of ids");
      }
      long floor =
          Math.max(before, ((current.floorMillis() - epochMillis + 1) << SEQUENCE_BITS) - 1);
      long next = Math.max(floor + 1, now << SEQUENCE_BITS);
      long millis = next >>> SEQUENCE_BITS;
      if (millis - now > toleranceMillis) {
        awaitClock(floor >>> SEQUENCE_BITS, now);
      } else if (millis > current.ceilingMillis() - epochMillis) {
        renewSoon();
        throw unavailable(
            Reason.CLOCK_AHEAD, (millis - current.ceilingMillis() + epochMillis) + " ms");
      } else if (last.compareAndSet(before, next)) {
        long count = next & ((1L << SEQUENCE_BITS) - 1);
        return millis << (NODE_BITS + SEQUENCE_BITS)
            | (long) current.node() << SEQUENCE_BITS
            | count;
      }
    }
  }

  /** Ids that have run ahead wait for the clock; a clock that was set back is not waited for. */
  private void awaitClock(long lastMillis, long nowMillis) {
    if (lastMillis - nowMillis > toleranceMillis) {
      throw unavailable(
          Reason.CLOCK_BEHIND, (lastMillis - nowMillis) + " ms behind ids handed out already");
    }
    pause.run();
  }

  private static IdsUnavailableException unavailable(Reason reason, String detail) {
    return new IdsUnavailableException(
        reason,
        switch (reason) {
          case LEASE_OVER -> detail + " is over and could not be renewed";
          case CLOSED -> detail + " is closed";
          case CLOCK_BEHIND -> "the clock of this machine is " + detail;
          case CLOCK_AHEAD ->
              "the clock of this machine is ahead of the lease of its node by " + detail;
          case CLOCK_OUT_OF_RANGE ->
              "the clock of this machine is outside of what ids can say: " + detail;
        });
  }

  private boolean closed() {
    return last.get() == Long.MAX_VALUE;
  }

  /** The node number now, 0 to 1,023; another one after a lease that was lost. */
  public int node() {
    return held.node();
  }

  /**
   * When an id was made, to the millisecond, by the clock of its machine and the epoch set here.
   */
  public Instant timeOf(long id) {
    return Instant.ofEpochMilli((id >>> (NODE_BITS + SEQUENCE_BITS)) + epochMillis);
  }

  /** Which node made an id, 0 to 1,023. */
  public static int nodeOf(long id) {
    return (int) (id >>> SEQUENCE_BITS) & (NODES - 1);
  }

  private NodeLease claim() throws SQLException {
    long started = clock.nanoTime();
    String holder = UUID.randomUUID().toString();
    for (int attempt = 0; attempt < CLAIM_ATTEMPTS; attempt++) {
      Optional<NodeTable.Claim> claim =
          table.claim(holder, lease.toMillis(), NODES, wall.now().toEpochMilli());
      if (claim.isPresent()) {
        NodeLease taken =
            new NodeLease(
                claim.get().node(), holder, claim.get().ceilingBeforeMillis(), 0, started);
        NodeLease renewed = renewed(taken);
        if (renewed != null) {
          return renewed;
        }
      } else if (!table.hasFree(NODES)) {
        throw new SQLException("all " + NODES + " nodes are leased", "TK010");
      }
    }
    throw new SQLException(
        "others were faster to lease a node, " + CLAIM_ATTEMPTS + " times", "TK010");
  }

  /** The lease as it is after its row was changed; null if the row has another holder. */
  private @Nullable NodeLease renewed(NodeLease lost) throws SQLException {
    long started = clock.nanoTime();
    long now = wall.now().toEpochMilli();
    long skew = now - table.now();
    if (Math.abs(skew) > skewMillis) {
      throw new IdsUnavailableException(
          skew > 0 ? Reason.CLOCK_AHEAD : Reason.CLOCK_BEHIND,
          "the clock of this machine is "
              + skew
              + " ms from that of the control database, more than "
              + skewMillis);
    }
    long ceiling = Math.max(lost.ceilingMillis(), now + lease.toMillis() + toleranceMillis);
    if (!table.renew(lost.node(), lost.holder(), lease.toMillis(), ceiling)) {
      return null;
    }
    // From before the call: the database began to count later.
    return new NodeLease(
        lost.node(), lost.holder(), lost.floorMillis(), ceiling, started + lease.toNanos());
  }

  /**
   * Renews the lease now, or takes another node if it is lost.
   *
   * @throws SQLException if the control database does not answer
   */
  void renew() throws SQLException {
    renewing.lock();
    try {
      if (closed()) {
        return;
      }
      NodeLease renewed = renewed(held);
      held = renewed == null ? claim() : renewed;
      failing = false;
    } finally {
      renewing.unlock();
    }
  }

  private void renewQuietly() {
    soon.set(false);
    try {
      renew();
    } catch (SQLException | RuntimeException e) {
      note(e);
    }
  }

  private void note(Exception failure) {
    renewing.lock();
    try {
      if (!failing) {
        failing = true;
        LOG.warn("The lease of node {} cannot be renewed; ids end with it", node(), failure);
      }
    } finally {
      renewing.unlock();
    }
  }

  private void renewSoon() {
    if (executor != null && !closed() && soon.compareAndSet(false, true)) {
      executor.execute(this::renewQuietly);
    }
  }

  /** Gives the node back, for the next process to take at once; no more ids after this. */
  @Override
  public void close() {
    if (executor != null) {
      executor.shutdown();
    }
    renewing.lock();
    try {
      long highest = last.getAndSet(Long.MAX_VALUE);
      if (highest != Long.MAX_VALUE) {
        NodeLease current = held;
        long used = highest < 0 ? 0 : (highest >>> SEQUENCE_BITS) + epochMillis;
        table.giveBack(current.node(), current.holder(), Math.max(current.floorMillis(), used));
      }
    } catch (SQLException e) {
      LOG.debug("A node could not be given back; its lease will end", e);
    } finally {
      renewing.unlock();
    }
  }
}
