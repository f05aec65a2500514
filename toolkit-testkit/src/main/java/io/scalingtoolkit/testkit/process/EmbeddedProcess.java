// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A child process of this JVM and its descendants. Thread-safe. */
final class EmbeddedProcess implements EngineProcess {
  private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(10);

  private final String node;
  private final Process process;

  EmbeddedProcess(String node, Process process) {
    this.node = node;
    this.process = process;
  }

  @Override
  public boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void signal(Signal signal) {
    if (process.isAlive()) {
      Tools.signal(signal.name(), List.of(process.pid()));
    }
  }

  @Override
  public void kill() {
    List<ProcessTable.Entry> children = descendants();
    process.destroyForcibly();
    children.forEach(EmbeddedProcess::killIfSame);
    Deadline.in(SIGNAL_LIMIT)
        .await(
            "all of " + node + " is gone after SIGKILL",
            () -> !process.isAlive() && children.stream().noneMatch(EmbeddedProcess::lives));
  }

  @Override
  public void freeze() {
    if (!process.isAlive()) {
      throw new EngineException(node + " is dead and cannot be frozen");
    }
    // The root first: once stopped it starts no further children that a listing could miss.
    Tools.signal("STOP", List.of(process.pid()));
    signalUntil("STOP", "has stopped", entry -> entry.state() == 'T');
  }

  @Override
  public void thaw() {
    signalUntil("CONT", "goes on", entry -> entry.state() != 'T');
  }

  @Override
  public int awaitExit(Duration limit) {
    try {
      if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new EngineException(node + " has not ended within " + limit.toMillis() + " ms");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while waiting for the end of " + node, e);
    }
  }

  @Override
  public long memoryBytes() {
    return tree().stream().mapToLong(entry -> ProcessTable.memoryBytes(entry.pid())).sum();
  }

  @Override
  public long pid() {
    return process.pid();
  }

  private void signalUntil(String signal, String state, Predicate<ProcessTable.Entry> reached) {
    Deadline.in(SIGNAL_LIMIT)
        .await(
            "every process of " + node + " " + state,
            () -> {
              List<Long> missing =
                  tree().stream()
                      .filter(entry -> !reached.test(entry))
                      .map(ProcessTable.Entry::pid)
                      .toList();
              Tools.signal(signal, missing);
              return missing.isEmpty();
            });
  }

  private List<ProcessTable.Entry> tree() {
    List<ProcessTable.Entry> tree = new ArrayList<>(descendants());
    ProcessTable.Entry root = ProcessTable.find(process.pid());
    if (process.isAlive() && root != null && !root.isDead()) {
      tree.add(root);
    }
    return tree;
  }

  private List<ProcessTable.Entry> descendants() {
    // The id of a dead process may belong to a stranger by now.
    return process.isAlive() ? ProcessTable.descendants(process.pid()) : List.of();
  }

  private static void killIfSame(ProcessTable.Entry child) {
    if (lives(child)) {
      ProcessHandle.of(child.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private static boolean lives(ProcessTable.Entry child) {
    ProcessTable.Entry now = ProcessTable.find(child.pid());
    return now != null && !now.isDead() && now.startTicks() == child.startTicks();
  }
}
