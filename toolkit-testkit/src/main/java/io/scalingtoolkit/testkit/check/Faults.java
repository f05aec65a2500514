// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.check.FaultPlan.Step;
import io.scalingtoolkit.testkit.check.FaultTarget.Node;
import io.scalingtoolkit.testkit.check.History.LossWindow;
import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Random faults on a running cluster, one after the other, until they are closed.
 *
 * <p>Which fault comes when, on which node and for how long follows from the seed; how long the
 * cluster takes to carry it out does not. Closing ends the fault under way and heals: every node
 * runs, replays and follows the primary. A verb that fails ends the faults, and closing throws it.
 *
 * <p>Thread-safe. The cluster needs at least one replica, and nobody else may use its verbs
 * meanwhile.
 *
 * <pre>{@code
 * Faults faults = Faults.on(cluster).seed(7).start();
 * try (faults) {
 *   history = workload.run(driver);
 * }
 * history = history.declaringLost(faults.lossWindows());
 * }</pre>
 */
public final class Faults implements AutoCloseable {
  /** A kind of fault. */
  public enum Kind {
    /** One or more replicas receive and replay nothing, for a while. */
    PAUSE,
    /** A replica is killed and started again at once. */
    RESTART,
    /** A replica is stopped as by SIGSTOP, for a while. */
    FREEZE,
    /** A replica is killed, and after a while follows the primary again. */
    KILL_AND_REJOIN,
    /**
     * The primary is killed, after a while a replica is promoted, and the old primary rejoins.
     * Once, as the fourth to eighth fault.
     */
    PROMOTE
  }

  /**
   * A fault that is over. Immutable.
   *
   * @param kind what happened
   * @param nodes the names of the nodes it happened to
   * @param startNanos when it began, by {@link System#nanoTime}
   * @param endNanos when all was well again
   */
  public record Event(Kind kind, List<String> nodes, long startNanos, long endNanos) {
    /** Copies the list. */
    public Event {
      nodes = List.copyOf(nodes);
    }
  }

  private static final Duration CLOSE_LIMIT = Duration.ofMinutes(5);

  private final FaultTarget target;
  private final FaultPlan plan;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final List<LossWindow> lossWindows = new CopyOnWriteArrayList<>();
  private final Thread thread = new Thread(this::run, "faults");
  private volatile @Nullable RuntimeException failure;
  private volatile @Nullable Node deposed;
  private boolean closed;

  private Faults(FaultTarget target, FaultPlan plan) {
    this.target = target;
    this.plan = plan;
    thread.setDaemon(true);
  }

  /** Returns a builder of faults on PostgreSQL. */
  public static Builder on(PostgresCluster cluster) {
    return new Builder(new PostgresTarget(Objects.requireNonNull(cluster, "cluster")));
  }

  /** Returns a builder of faults on MariaDB or MySQL. */
  public static Builder on(GtidCluster cluster) {
    return new Builder(new GtidTarget(Objects.requireNonNull(cluster, "cluster")));
  }

  static Builder on(FaultTarget target) {
    return new Builder(target);
  }

  /** Returns the faults that are over, in their order. */
  public List<Event> events() {
    return List.copyOf(events);
  }

  /**
   * Returns for each promotion the time in which acknowledged writes may have been lost: from a
   * moment of which the promoted node had everything to the end of the promotion.
   */
  public List<LossWindow> lossWindows() {
    return List.copyOf(lossWindows);
  }

  /**
   * Ends the fault under way and heals the cluster. Closing twice is allowed.
   *
   * @throws EngineException if a fault or the healing failed, or took more than five minutes
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    stop.countDown();
    awaitEnd();
    RuntimeException failed = failure;
    try {
      heal();
    } catch (RuntimeException e) {
      if (failed == null) {
        failed = e;
      } else {
        failed.addSuppressed(e);
      }
    }
    if (failed != null) {
      throw new EngineException("faults failed: " + failed.getMessage(), failed);
    }
  }

  private void awaitEnd() {
    boolean interrupted = false;
    long end = System.nanoTime() + CLOSE_LIMIT.toNanos();
    while (thread.isAlive()) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        throw new EngineException("the fault under way did not end within " + CLOSE_LIMIT);
      }
      try {
        thread.join(left);
      } catch (InterruptedException e) {
        // Healing is not cut short: what comes after needs a cluster that works.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (stop.getCount() > 0) {
        Step step = plan.next();
        apply(step);
        hold(step.gap());
      }
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private void apply(Step step) {
    List<Node> replicas = target.replicas();
    Node chosen = replicas.get(step.pick() % replicas.size());
    long start = System.nanoTime();
    List<Node> nodes = List.of(chosen);
    switch (step.kind()) {
      case PAUSE -> nodes = pause(step, replicas);
      case RESTART -> {
        chosen.kill();
        chosen.restart();
      }
      case FREEZE -> freeze(step, chosen);
      case KILL_AND_REJOIN -> {
        chosen.kill();
        hold(step.hold());
        target.rejoin(chosen);
      }
      case PROMOTE -> promote(step, chosen);
    }
    List<String> names = nodes.stream().map(Node::name).toList();
    events.add(new Event(step.kind(), names, start, System.nanoTime()));
  }

  private List<Node> pause(Step step, List<Node> replicas) {
    int subset = step.subset(replicas.size());
    List<Node> paused = new ArrayList<>();
    try {
      for (int i = 0; i < replicas.size(); i++) {
        if ((subset >> i & 1) == 1) {
          paused.add(replicas.get(i));
          replicas.get(i).pauseReplay();
        }
      }
      hold(step.hold());
    } finally {
      paused.forEach(Node::resumeReplay);
    }
    return paused;
  }

  private void freeze(Step step, Node node) {
    node.freeze();
    try {
      hold(step.hold());
    } finally {
      node.thaw();
    }
  }

  private void promote(Step step, Node candidate) {
    long from = System.nanoTime();
    candidate.awaitCaughtUp();
    Node old = target.primary();
    deposed = old;
    old.kill();
    hold(step.hold());
    long promotion = System.nanoTime();
    candidate.promote();
    lossWindows.add(new LossWindow(from, promotion, System.nanoTime()));
    rejoinDeposed();
    target.replicas().stream().filter(node -> !node.equals(old)).forEach(target::ensureFollowing);
  }

  private void rejoinDeposed() {
    Node old = deposed;
    if (old != null && !old.equals(target.primary())) {
      target.rejoin(old);
    }
    deposed = null;
  }

  /** Does nothing when all went well; what a failed fault left is put right. */
  private void heal() {
    Node primary = target.primary();
    if (!primary.isAlive()) {
      primary.restart();
    }
    if (failure == null) {
      return;
    }
    primary.thaw();
    rejoinDeposed();
    for (Node replica : target.replicas()) {
      if (!replica.isAlive()) {
        target.rejoin(replica);
      }
      replica.thaw();
      replica.resumeReplay();
    }
  }

  private void hold(Duration time) {
    try {
      // Ends early when the faults are closed.
      boolean unused = stop.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("the thread of the faults was interrupted", e);
    }
  }

  /** The choices for faults. Confined. */
  public static final class Builder {
    private static final Duration MAX_TIME = Duration.ofSeconds(30);

    private final FaultTarget target;
    private Set<Kind> kinds = EnumSet.allOf(Kind.class);
    private Duration longest = Duration.ofSeconds(2);
    private Duration gap = Duration.ofMillis(500);
    private long seed;

    private Builder(FaultTarget target) {
      this.target = target;
    }

    /** Sets which kinds there are; all unless set. At least one must be other than a promotion. */
    public Builder only(Kind first, Kind... others) {
      kinds = EnumSet.of(first, others);
      return this;
    }

    /** Sets how long a fault lasts at most, from zero to 30 s; 2 s unless set. */
    public Builder longest(Duration time) {
      longest = requireTime("longest", time);
      return this;
    }

    /**
     * Sets how long there is no fault between two at most, from zero to 30 s; 500 ms unless set.
     */
    public Builder gap(Duration time) {
      gap = requireTime("gap", time);
      return this;
    }

    /** Sets what the choices follow from; 0 unless set. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * Starts the faults.
     *
     * @throws IllegalArgumentException if promotion is the only kind
     * @throws IllegalStateException if the cluster has no replica
     */
    public Faults start() {
      if (kinds.equals(EnumSet.of(Kind.PROMOTE))) {
        throw new IllegalArgumentException(
            "kinds must have another one than PROMOTE, which happens once; got " + kinds);
      }
      if (target.replicas().isEmpty()) {
        throw new IllegalStateException("faults need a cluster with at least one replica");
      }
      Faults faults = new Faults(target, new FaultPlan(kinds, longest, gap, seed));
      faults.thread.start();
      return faults;
    }

    private static Duration requireTime(String name, Duration time) {
      if (time.isNegative() || time.compareTo(MAX_TIME) > 0) {
        throw new IllegalArgumentException(
            name + " must be from 0 to " + MAX_TIME.toSeconds() + " s; got " + time);
      }
      return time;
    }
  }
}
