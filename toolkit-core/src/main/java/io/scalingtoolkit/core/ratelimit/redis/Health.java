// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether Redis is asked, and how many processes share its limits; thread-safe.
 *
 * <pre>
 * CONNECTED --no answer--> SUSPECT --probe fails--> LOCAL --two probes answer--> REJOINING
 *     ^                       |                                                     |
 *     +------probe answers----+                 <----------after a while------------+
 * </pre>
 *
 * <p>The first call without an answer in time is the only kind that waits: from then on nobody asks
 * Redis but a probe in the background.
 */
final class Health implements AutoCloseable {
  /** Where it stands. */
  enum State {
    CONNECTED,
    SUSPECT,
    LOCAL,
    REJOINING
  }

  /** Told of each change. */
  interface Listener {
    void changed(State to);
  }

  static final Duration HEARTBEAT_TTL = Duration.ofSeconds(3);
  private static final long HEARTBEAT_MILLIS = 1_000;
  private static final long PROBE_MILLIS = 100;
  private static final long REJOINING_MILLIS = 500;
  private static final int ERRORS_IN_A_ROW = 3;
  private static final int SILENT_PROBES = 5;
  private static final int FIRST_PROBES = 50;
  private static final long FIRST_PROBE_MILLIS = 10;
  private static final Logger LOG = LoggerFactory.getLogger(Health.class);

  private final Store store;
  private final ScheduledExecutorService timer;
  private final MonotonicClock clock;
  private final Duration timeout;
  private final String nodesKey;
  private final String id;
  private final Listener listener;
  private final LongUnaryOperator jitter;
  private final AtomicInteger errors = new AtomicInteger();
  private volatile State state = State.LOCAL;
  private volatile long nodes;
  private volatile long rejoinedNanos;
  private volatile boolean everRejoined;
  private volatile boolean everConnected;
  private volatile String suspectKey;
  private volatile boolean closed;
  // Guarded by this.
  private long run;
  // Confined to the timer.
  private int silentProbes;
  private int answeredProbes;

  /**
   * @param jitter returns a number below the one it is given
   */
  Health(
      Store store,
      ScheduledExecutorService timer,
      MonotonicClock clock,
      Duration timeout,
      String nodesKey,
      String id,
      long assumedNodes,
      LongUnaryOperator jitter,
      Listener listener) {
    this.store = store;
    this.timer = timer;
    this.clock = clock;
    this.timeout = timeout;
    this.nodesKey = nodesKey;
    this.id = id;
    this.nodes = assumedNodes;
    this.listener = listener;
    this.jitter = jitter;
    this.suspectKey = nodesKey;
  }

  /** Begins with a first probe, and counts as outage until it is answered. */
  void start() {
    store.connect(false);
    probeIn(1);
    var unused =
        timer.scheduleWithFixedDelay(
            this::beat, HEARTBEAT_MILLIS, HEARTBEAT_MILLIS, TimeUnit.MILLISECONDS);
  }

  State state() {
    return state;
  }

  /** Tells whether Redis is asked. */
  boolean isUsable() {
    State current = state;
    return !closed && (current == State.CONNECTED || current == State.REJOINING);
  }

  /** Returns how many processes share the limits as far as was last known, at least 1. */
  long nodes() {
    return nodes;
  }

  /** Tells whether it came back from an outage within the last {@code nanos}. */
  boolean rejoinedWithin(long nanos) {
    return everRejoined && clock.nanoTime() - rejoinedNanos < nanos;
  }

  /** Notes that an answer came. */
  void answered() {
    if (errors.get() != 0) {
      errors.set(0);
    }
  }

  /** Notes that no answer came in time, or that there is no connection. */
  void silent(String key) {
    suspectKey = key;
    if (isUsable()) {
      suspect("Redis did not answer in time");
    }
  }

  /** Notes that Redis answered with an error. */
  void failed(String key, Throwable problem) {
    suspectKey = key;
    if (errors.incrementAndGet() >= ERRORS_IN_A_ROW && isUsable()) {
      suspect("Redis answers with errors, the last was " + problem);
    }
  }

  private void suspect(String why) {
    synchronized (this) {
      if (!isUsable()) {
        return;
      }
      change(State.SUSPECT, why);
    }
    probeIn(1);
  }

  private synchronized void change(State to, String why) {
    State from = state;
    if (from == to) {
      return;
    }
    state = to;
    if (to == State.LOCAL) {
      LOG.warn("Rate limits: {} -> {}: {}; {} nodes share the limits", from, to, why, nodes);
    } else {
      LOG.info("Rate limits: {} -> {}: {}; {} nodes share the limits", from, to, why, nodes);
    }
    listener.changed(to);
  }

  private void probeIn(long millis) {
    after(millis, this::probe);
  }

  private void after(long millis, Runnable task) {
    if (closed) {
      return;
    }
    try {
      var unused = timer.schedule(task, millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("Closed, no more probes", e);
    }
  }

  private void probe() {
    if (isUsable() || closed) {
      return;
    }
    CompletionStage<?> both =
        heartbeat(HEARTBEAT_TTL.toMillis()).thenCombine(store.probe(suspectKey), (a, b) -> a);
    var unused =
        both.toCompletableFuture()
            .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
            .whenCompleteAsync((answer, problem) -> probed(problem), timer);
  }

  private void probed(@Nullable Throwable problem) {
    if (isUsable() || closed) {
      return;
    }
    if (problem == null) {
      silentProbes = 0;
      answeredProbes++;
      if (state == State.SUSPECT || !everConnected) {
        resume(State.CONNECTED, "a probe was answered");
      } else if (answeredProbes >= 2) {
        rejoin();
      } else {
        probeIn(5);
      }
      return;
    }
    answeredProbes = 0;
    silentProbes++;
    if (!everConnected && silentProbes < FIRST_PROBES) {
      store.connect(false);
      probeIn(FIRST_PROBE_MILLIS);
      return;
    }
    change(State.LOCAL, "no answer to a probe: " + problem);
    // A connection that is open and silent may be dead for good.
    store.connect(silentProbes % SILENT_PROBES == 0);
    probeIn(PROBE_MILLIS / 2 + jitter.applyAsLong(PROBE_MILLIS));
  }

  private void rejoin() {
    resume(State.REJOINING, "Redis answers again");
    after(REJOINING_MILLIS, this::settle);
  }

  private void settle() {
    synchronized (this) {
      if (state == State.REJOINING) {
        change(State.CONNECTED, "all nodes had the time to come back");
      }
    }
  }

  private void resume(State to, String why) {
    answeredProbes = 0;
    errors.set(0);
    everConnected = true;
    rejoinedNanos = clock.nanoTime();
    everRejoined = to == State.REJOINING || everRejoined;
    change(to, why);
  }

  private void beat() {
    if (isUsable() && !closed) {
      var unused =
          heartbeat(HEARTBEAT_TTL.toMillis())
              .toCompletableFuture()
              .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
              .whenComplete(
                  (answer, problem) -> {
                    if (problem != null) {
                      silent(nodesKey);
                    }
                  });
    }
  }

  private CompletionStage<List<Long>> heartbeat(long ttlMillis) {
    return store
        .run(Script.HEARTBEAT, nodesKey, List.of(id, Long.toString(ttlMillis)))
        .whenComplete(
            (answer, problem) -> {
              if (problem == null) {
                counted(answer.get(0));
                ranAs(answer.get(1));
              }
            });
  }

  /** Notes which server answered: another one may have forgotten what the one before granted. */
  private synchronized void ranAs(long newRun) {
    if (run != 0 && newRun != 0 && run != newRun) {
      LOG.warn("Rate limits: another Redis answers; leases are smaller for a while");
      rejoinedNanos = clock.nanoTime();
      everRejoined = true;
    }
    run = newRun;
  }

  private void counted(long count) {
    // A Redis that was empty learns of the others within a second, while they come back.
    boolean returning = everConnected && !isUsable();
    boolean fresh = returning || rejoinedWithin(HEARTBEAT_TTL.toNanos());
    nodes = Math.max(1, fresh ? Math.max(nodes, count) : count);
  }

  @Override
  public void close() {
    boolean leave = isUsable();
    closed = true;
    if (leave) {
      var unused = heartbeat(0);
    }
  }
}
