// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Collects the operations of many sessions while they run. Thread-safe.
 *
 * <p>Each session has a buffer of its own; recording takes that buffer's monitor for some
 * nanoseconds and nothing else. An operation takes 40 bytes, and the number of operations is
 * bounded.
 */
public final class HistoryRecorder {
  /** The most nodes that can be told apart. */
  public static final int MAX_NODES = 65_535;

  private final int keys;
  private final int maxOperations;
  private final int maxChunks;
  private final List<SessionLog> logs;
  private final AtomicInteger chunks = new AtomicInteger();
  private final ConcurrentHashMap<String, Integer> nodeNumbers = new ConcurrentHashMap<>();
  private final List<String> nodes = new ArrayList<>();

  /**
   * Creates an empty recorder.
   *
   * @param sessions how many sessions there are, at least 1
   * @param keys how many registers there are, at least 1
   * @param maxOperations how many operations can surely be recorded, at least 1
   */
  public HistoryRecorder(int sessions, int keys, int maxOperations) {
    if (sessions < 1 || keys < 1 || maxOperations < 1) {
      throw new IllegalArgumentException(
          "sessions, keys and maxOperations must be at least 1; got %d, %d, %d"
              .formatted(sessions, keys, maxOperations));
    }
    this.keys = keys;
    this.maxOperations = maxOperations;
    // A partly filled chunk for each session on top of what full ones would need.
    this.maxChunks = Math.addExact(maxOperations / SessionLog.CHUNK, sessions);
    this.logs = Stream.generate(SessionLog::new).limit(sessions).toList();
  }

  /**
   * Records an operation that has ended.
   *
   * @throws IllegalArgumentException if its session, its key or the key of its dependency is not
   *     below the number given to the constructor, or if there are more than {@value #MAX_NODES}
   *     nodes
   * @throws IllegalStateException if the recorder is full
   */
  public void record(Operation operation) {
    if (operation.session() >= logs.size()) {
      throw new IllegalArgumentException(
          "session must be below " + logs.size() + "; got " + operation.session());
    }
    requireKey(operation.key());
    Operation.Dependency dependency = operation.dependsOn();
    if (dependency != null) {
      requireKey(dependency.key());
    }
    String node = operation.node();
    int number = node == null ? 0 : nodeNumbers.computeIfAbsent(node, this::addNode);
    logs.get(operation.session()).append(operation, number, this::takeChunk);
  }

  /** Returns what has been recorded by now; recording may go on and does not change it. */
  public History history() {
    // The logs first: a node is numbered before an operation that names it is appended.
    List<SessionLog> snapshots = logs.stream().map(SessionLog::snapshot).toList();
    synchronized (nodes) {
      return new History(keys, List.copyOf(nodes), snapshots, List.of(), List.of());
    }
  }

  private int addNode(String node) {
    synchronized (nodes) {
      if (nodes.size() == MAX_NODES) {
        throw new IllegalArgumentException("there can be at most " + MAX_NODES + " nodes");
      }
      nodes.add(Objects.requireNonNull(node));
      return nodes.size();
    }
  }

  private void takeChunk() {
    if (chunks.getAndUpdate(taken -> Math.min(taken + 1, maxChunks)) == maxChunks) {
      throw new IllegalStateException("the recorder is full: maxOperations is " + maxOperations);
    }
  }

  private void requireKey(int key) {
    if (key >= keys) {
      throw new IllegalArgumentException("a key must be below " + keys + "; got " + key);
    }
  }
}
