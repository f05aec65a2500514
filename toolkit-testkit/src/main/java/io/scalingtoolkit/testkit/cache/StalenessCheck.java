// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Deadline;
import io.scalingtoolkit.testkit.process.JvmProcess;
import io.scalingtoolkit.testkit.process.Workspace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * Real processes that read and invalidate through a cache that they share, and a judge of all that
 * they read.
 *
 * <p>A version of a key is too old for a read if the invalidation of a newer one had
 * <em>returned</em> longer than the bound before the read was <em>invoked</em>. Within the process
 * that has invalidated the bound is zero. All operations are timed by the monotonic clock of the
 * host, which is made sure of at the start.
 *
 * <p>The first node never writes, so what it keeps is changed by others only. Thread-safe.
 */
public final class StalenessCheck implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final Duration STOP_LIMIT = Duration.ofMinutes(2);
  private static final int CLOCK_QUESTIONS = 3;

  private final Builder plan;
  private final Workspace workspace = Workspace.open("cache");
  private final Path logs = workspace.createDirectory("operations");
  private final SharedCounters counters;
  private final List<JvmProcess> processes = new ArrayList<>();

  private StalenessCheck(Builder plan) {
    this.plan = plan;
    Path file = workspace.path().resolve("counters");
    this.counters = SharedCounters.open(file, plan.nodes, plan.keys);
    try {
      start(file);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void start(Path file) {
    for (int node = 0; node < plan.nodes; node++) {
      NodePlan one =
          new NodePlan(
              node,
              plan.nodes,
              plan.keys,
              plan.readers,
              node > 0,
              plan.writePause.toNanos(),
              1_000L * plan.seed + node,
              logs,
              file,
              plan.settings.apply(node));
      processes.add(
          JvmProcess.start(workspace, "node" + node, plan.main, plan.options, one.arguments()));
    }
    processes.forEach(process -> process.await("ready", START_LIMIT));
    processes.forEach(StalenessCheck::compareClocks);
    processes.forEach(process -> process.send("go"));
  }

  /**
   * Begins to plan a check.
   *
   * @param main whose {@code main} calls {@link CacheNode#run}
   */
  public static Builder of(Class<?> main) {
    return new Builder(Objects.requireNonNull(main, "main"));
  }

  /** Two processes of one host have the same clock if an answer is always between two own looks. */
  private static void compareClocks(JvmProcess process) {
    for (int i = 0; i < CLOCK_QUESTIONS; i++) {
      long before = System.nanoTime();
      process.send("clock");
      long there = Long.parseLong(process.await("clock", START_LIMIT));
      long after = System.nanoTime();
      if (there < before || there > after) {
        throw new EngineException(
            "the clocks of processes must be one, but %s said %d between %d and %d"
                .formatted(process, there, before, after));
      }
    }
  }

  /** Returns how many reads there were so far; a little behind. */
  public long reads() {
    return counters.allReads();
  }

  /** Returns how many reads the process of a node has made so far; a little behind. */
  public long reads(int node) {
    return counters.reads(node);
  }

  /** Stops the process of a node for a time, wherever it is. */
  public void freeze(int node, Duration time) {
    JvmProcess process = processes.get(node);
    process.freeze();
    pause(time);
    process.thaw();
  }

  /**
   * Stops the process of a node for a time, between what a loader has read and its return.
   *
   * @throws EngineException if the node loads nothing for 10 seconds
   */
  public void freezeInLoad(int node, Duration time) {
    JvmProcess process = processes.get(node);
    counters.stall(node, SharedCounters.STALL_ASKED);
    try {
      Deadline.in(Duration.ofSeconds(10))
          .await(
              "node " + node + " loads something",
              () -> counters.stallOf(node) == SharedCounters.STALL_REACHED);
      process.freeze();
      pause(time);
    } finally {
      counters.stall(node, SharedCounters.STALL_NONE);
      process.thaw();
    }
  }

  /** Ends the process of a node with SIGKILL; what it did last may be missing in the report. */
  public void kill(int node) {
    processes.get(node).kill();
  }

  private static void pause(Duration time) {
    Deadline end = Deadline.in(time);
    end.await("the time is over", end::isOver);
  }

  /** Has all processes end, and judges. To be called once. */
  public StalenessReport finish() {
    List<JvmProcess> living = processes.stream().filter(JvmProcess::isAlive).toList();
    living.forEach(process -> process.send("stop"));
    long hits = 0;
    long loads = 0;
    for (JvmProcess process : living) {
      String[] done = process.await("done", STOP_LIMIT).split(" ", -1);
      hits += Long.parseLong(done[2]);
      loads += Long.parseLong(done[3]);
    }
    return StalenessJudge.judge(logs, plan.keys, plan.bound, hits, loads);
  }

  @Override
  public void close() {
    workspace.closeAfter(processes.stream().<Runnable>map(process -> process::kill).toList());
  }

  /** Settings of a {@link StalenessCheck}; confined. */
  public static final class Builder {
    private final Class<?> main;
    private int nodes = 5;
    private int keys = 256;
    private int readers = 2;
    private long seed = 1;
    private Duration writePause = Duration.ofMillis(20);
    private Duration bound = Duration.ofSeconds(3);
    private List<String> options =
        List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto");
    private IntFunction<List<String>> settings = node -> List.of();

    private Builder(Class<?> main) {
      this.main = main;
    }

    /**
     * Sets the number of processes, 5 by default.
     *
     * @throws IllegalArgumentException if fewer than 2
     */
    public Builder nodes(int count) {
      this.nodes = atLeast("nodes", count, 2);
      return this;
    }

    /**
     * Sets the number of keys, 256 by default. The fewer there are, the sooner a stale version is
     * invalidated again before it is too old.
     *
     * @throws IllegalArgumentException if not 1 to 2^24
     */
    public Builder keys(int count) {
      if (atLeast("keys", count, 1) > OperationFile.MOST_KEYS) {
        throw new IllegalArgumentException("keys must be at most 2^24, was " + count);
      }
      this.keys = count;
      return this;
    }

    /**
     * Sets the number of threads that read in each process, 2 by default.
     *
     * @throws IllegalArgumentException if fewer than 1
     */
    public Builder readers(int count) {
      this.readers = atLeast("readers", count, 1);
      return this;
    }

    private static int atLeast(String setting, int count, int least) {
      if (count < least) {
        throw new IllegalArgumentException(
            "%s must be at least %d, was %d".formatted(setting, least, count));
      }
      return count;
    }

    /** Sets what keys, pauses and times follow from; 1 by default. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /** Sets how long a writer rests between keys, on average; 20 ms by default. */
    public Builder writePause(Duration pause) {
      this.writePause = Objects.requireNonNull(pause, "pause");
      return this;
    }

    /** Sets how long a version may be read on after its invalidation; 3 seconds by default. */
    public Builder bound(Duration bound) {
      this.bound = Objects.requireNonNull(bound, "bound");
      return this;
    }

    /** Sets the options of the JVMs; by default a heap of 96 MiB and quick compilation. */
    public Builder jvmOptions(List<String> options) {
      this.options = List.copyOf(options);
      return this;
    }

    /** Sets what each node's {@link CacheNode.Opener} is given. */
    public Builder settings(IntFunction<List<String>> settings) {
      this.settings = Objects.requireNonNull(settings, "settings");
      return this;
    }

    /**
     * Starts all processes, and returns when they read and write.
     *
     * @throws EngineException if one of them does not start
     */
    public StalenessCheck start() {
      return new StalenessCheck(this);
    }
  }
}
