// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.scalingtoolkit.core.balance.Balancer;
import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.replication.internal.engine.Engine;
import io.scalingtoolkit.replication.internal.engine.Sample;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of one primary and its replicas, and the judgement who of them is the primary;
 * thread-safe.
 */
public final class Cluster implements AutoCloseable {
  // Concurrency: roles are judged under this object's monitor, which calls nothing foreign while it
  // is held; the outcome is one immutable topology behind one volatile reference. Calling back
  // leases may block in a driver and happens on a thread of its own.
  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ClusterSettings settings;
  private final Engine engine;
  private final PrimaryHistory history = new PrimaryHistory();
  private final List<Node> nodes = new CopyOnWriteArrayList<>();
  private final ExecutorService callBacks;
  private final Thread watch;

  private volatile Topology topology = new Topology(null, "no node has answered yet", List.of());
  private volatile @Nullable String clusterId;
  private volatile boolean closed;
  private final LongAdder failovers = new LongAdder();
  // Guarded by this.
  private long highestHistory = -1;
  private boolean started;
  // The node that is the primary, or was it last.
  private @Nullable Node lastPrimary;

  public Cluster(ClusterSettings settings, Engine engine) {
    this.settings = settings;
    this.engine = engine;
    this.callBacks =
        Executors.newSingleThreadExecutor(
            task -> daemon(task, "toolkit-callback-" + settings.name()));
    this.watch = daemon(this::watch, "toolkit-watch-" + settings.name());
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  public ClusterSettings settings() {
    return settings;
  }

  public Engine engine() {
    return engine;
  }

  /** Returns who is who now. */
  public Topology topology() {
    return topology;
  }

  /** Returns all nodes, also those that are fenced, drained or silent. */
  public List<Node> nodes() {
    return nodes;
  }

  /** Returns the count of changes from one primary to another. */
  public LongAdder failovers() {
    return failovers;
  }

  PrimaryHistory history() {
    return history;
  }

  /** Adds a node, which takes part once it has answered. */
  public synchronized Node add(String name, DataSource pool, TargetLoad load) {
    if (closed) {
      throw new IllegalStateException(settings.name() + " is closed");
    }
    if (nodes.size() == Balancer.MAX_TARGETS) {
      throw new IllegalArgumentException(
          "there may be at most " + (Balancer.MAX_TARGETS - 1) + " replicas");
    }
    if (nodes.stream().anyMatch(node -> node.name().equals(name))) {
      throw new IllegalArgumentException(
          "the name of a node must be unique, but there is a node " + name + " already");
    }
    Node node = new Node(name, pool, load, breaker(name), this);
    nodes.add(node);
    if (started) {
      node.prober().start();
    }
    return node;
  }

  private CircuitBreaker breaker(String name) {
    return CircuitBreaker.of(
        settings.name() + "/" + name,
        CircuitBreakerConfig.custom()
            .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.TIME_BASED)
            .slidingWindowSize(10)
            .minimumNumberOfCalls(5)
            .failureRateThreshold(50)
            .waitDurationInOpenState(Duration.ofSeconds(1))
            .permittedNumberOfCallsInHalfOpenState(3)
            .currentTimestampFunction(ignored -> settings.clock().nanoTime(), TimeUnit.NANOSECONDS)
            .build());
  }

  /** Starts to sample; returns at once. */
  public synchronized void start() {
    started = true;
    nodes.forEach(node -> node.prober().start());
    watch.start();
  }

  /**
   * Takes a node out for good; its pool stays open.
   *
   * @param waitNanos for its connections in use to be given back
   * @return whether they all were
   */
  public boolean remove(Node node, long waitNanos) throws InterruptedException {
    drain(node, true);
    try {
      // Probed until then: if it falls silent, who waits for an answer is called back.
      return node.awaitUnused(waitNanos);
    } finally {
      nodes.remove(node);
      evaluate();
      node.prober().stop();
      node.prober().join(settings.sampleWait().toMillis());
    }
  }

  /** Stops new reads on a node, or lets them come again. */
  public void drain(Node node, boolean drain) {
    if (drain) {
      node.drain();
    } else {
      node.undrain();
    }
    evaluate();
  }

  /** Returns the identity of the cluster; null before a primary has answered. */
  public @Nullable String clusterId() {
    return clusterId;
  }

  /** Tells whether {@link #close} was called. */
  public boolean isClosed() {
    return closed;
  }

  /** Tells whether a sample is of the cluster of the first primary that answered. */
  public boolean isOfThisCluster(Sample sample) {
    String id = clusterId;
    return id == null || id.equals(sample.cluster());
  }

  /** Judges the roles anew; called whenever something has changed that roles depend on. */
  synchronized void evaluate() {
    Topology before = topology;
    List<Node> writable = new ArrayList<>();
    for (Node node : nodes) {
      Sample sample = sample(node);
      if (sample == null) {
        continue;
      }
      if (clusterId == null && sample.isPrimary()) {
        clusterId = sample.cluster();
      }
      if (!isOfThisCluster(sample)) {
        continue;
      }
      if (!sample.isPrimary()) {
        node.fence(false);
      } else if (!node.isDrained() && !isDeposed(node, sample)) {
        writable.add(node);
      }
    }
    Judgement judgement = judge(before.primary(), writable);
    if (judgement.primary() != null && judgement.primary() != before.primary()) {
      install(judgement.primary());
    }
    if (judgement.primary() != null) {
      fence(writable, judgement.primary());
    }
    nodes.forEach(Node::refresh);
    List<Node> replicas = nodes.stream().filter(node -> node != judgement.primary()).toList();
    topology = new Topology(judgement.primary(), judgement.obstacle(), replicas);
    if (!judgement.obstacle().equals(before.obstacle()) && !judgement.obstacle().isEmpty()) {
      LOG.error("{}: no writes, {}", settings.name(), judgement.obstacle());
    }
  }

  /** Takes a sample into the history if it is of the primary; others write other histories. */
  synchronized void sampled(Node node, Sample sample) {
    if (topology.primary() == node) {
      history.add(sample);
    }
  }

  private record Judgement(@Nullable Node primary, String obstacle) {
    static Judgement stop(String obstacle) {
      return new Judgement(null, obstacle);
    }
  }

  private static @Nullable Sample sample(Node node) {
    Reading reading = node.reading();
    return reading == null ? null : reading.sample();
  }

  /** A primary that another one has taken the place of stays out until it is a replica. */
  private boolean isDeposed(Node node, Sample sample) {
    return node.isFenced() || sample.history() < highestHistory;
  }

  private Judgement judge(@Nullable Node current, List<Node> writable) {
    if (writable.isEmpty()) {
      return keep(current);
    }
    long newest = writable.stream().mapToLong(node -> historyOf(node)).max().orElseThrow();
    List<Node> latest = writable.stream().filter(node -> historyOf(node) == newest).toList();
    if (latest.size() == 1) {
      return new Judgement(latest.get(0), "");
    }
    return severalOfOneHistory(current, latest);
  }

  private static long historyOf(Node node) {
    return Objects.requireNonNull(sample(node)).history();
  }

  /** Nobody claims to be the primary: the one there was may come back, unless it was demoted. */
  private Judgement keep(@Nullable Node current) {
    if (current == null) {
      String obstacle = topology.obstacle();
      return Judgement.stop(obstacle.isEmpty() ? "no node accepts writes" : obstacle);
    }
    Sample last = sample(current);
    boolean demoted = last != null && !last.isPrimary();
    return demoted || current.isDrained()
        ? Judgement.stop("no node accepts writes; " + current.name() + " no longer does")
        : new Judgement(current, "");
  }

  /**
   * Several nodes accept writes and the product counts no promotions, or counts the same number. A
   * replica that was seen to become writable was promoted; the one that it replaces is fenced. Two
   * that were writable from the start are told apart by what they hold, if one holds it all.
   */
  private Judgement severalOfOneHistory(@Nullable Node current, List<Node> latest) {
    boolean counted = historyOf(latest.get(0)) > 0;
    if (!counted && current != null && latest.contains(current)) {
      List<Node> promoted =
          latest.stream().filter(node -> node != current && node.hasBecomeWritable()).toList();
      if (promoted.size() == 1) {
        return new Judgement(promoted.get(0), "");
      }
    }
    if (!counted) {
      List<Node> complete =
          latest.stream().filter(node -> latest.stream().allMatch(o -> holdsAll(node, o))).toList();
      if (complete.size() == 1) {
        return new Judgement(complete.get(0), "");
      }
    }
    return Judgement.stop(
        "split brain: "
            + String.join(" and ", latest.stream().map(Node::name).toList())
            + " all accept writes, and nothing tells which of them is right");
  }

  /**
   * Tells whether {@code node} holds all of {@code other} and more. What holds more because it was
   * asked later may be a copy of the other, so the one that holds all must have been asked first.
   */
  private static boolean holdsAll(Node node, Node other) {
    Sample sample = Objects.requireNonNull(sample(node));
    Sample beside = Objects.requireNonNull(sample(other));
    return node == other
        || (sample.receivedNanos() - beside.sentNanos() <= 0
            && sample.position().covers(beside.position())
            && !beside.position().covers(sample.position()));
  }

  /** Whoever else accepts writes is out until it is a replica. */
  private void fence(List<Node> writable, Node primary) {
    for (Node node : writable) {
      if (node != primary && !node.isFenced()) {
        node.fence(true);
        callBack(node);
      }
    }
  }

  private void install(Node after) {
    long newest = historyOf(after);
    highestHistory = Math.max(highestHistory, newest);
    after.fence(false);
    history.clear();
    Node before = lastPrimary == after ? null : lastPrimary;
    lastPrimary = after;
    if (before != null) {
      Sample sample = sample(before);
      if (sample == null || sample.isPrimary()) {
        before.fence(true);
        callBack(before);
      }
    }
    if (before == null) {
      LOG.info("{}: the primary is {}", settings.name(), after.name());
    } else {
      failovers.increment();
      LOG.warn(
          "{}: the primary is {} now; {} takes no writes any more",
          settings.name(),
          after.name(),
          before.name());
    }
  }

  /** Cuts all connections to a node that are in use and has its pool open new ones. */
  void callBack(Node node) {
    if (!closed) {
      try {
        callBacks.execute(node::callBackLeases);
      } catch (RejectedExecutionException e) {
        LOG.debug("{}: closed before its connections were cut", node.label(), e);
      }
    }
  }

  private void watch() {
    long last = settings.clock().nanoTime();
    long awakeSince = last;
    while (!closed) {
      LockSupport.parkNanos(this, TICK_NANOS);
      long now = settings.clock().nanoTime();
      // A pause of this whole process must not look like silence of all nodes. Their time to
      // answer begins anew after it.
      if (now - last > settings.deadAfter().toNanos() / 2) {
        awakeSince = now;
      }
      for (Node node : nodes) {
        watch(node, now, awakeSince);
      }
      last = now;
    }
  }

  private void watch(Node node, long now, long awakeSince) {
    try {
      node.tick(now);
      boolean awake = now - awakeSince > settings.deadAfter().toNanos();
      if (awake && node.isSilentAt(now)) {
        node.lost(
            new SQLException("no answer for " + settings.deadAfter().toMillis() + " ms", "08S01"));
      }
    } catch (RuntimeException | Error e) {
      LOG.error("{}: could not be watched", node.label(), e);
    }
  }

  /** Stops all threads of the cluster; the pools are their owner's. */
  @Override
  public void close() {
    synchronized (this) {
      // After this no node is added, so none is left running.
      closed = true;
    }
    nodes.forEach(node -> node.prober().stop());
    LockSupport.unpark(watch);
    callBacks.shutdown();
    try {
      for (Node node : nodes) {
        node.prober().join(settings.sampleWait().toMillis());
      }
      watch.join(settings.sampleWait().toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
