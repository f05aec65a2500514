// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Numbers that several processes count in one file that all have in memory. Thread-safe, also
 * between processes: each is one aligned word, changed by the atomic instructions of the machine.
 *
 * <p>A source in shared memory has no failures and no delays of its own, so whatever is stale is
 * the cache's doing, and a process that is stopped or killed holds up nobody else.
 */
final class SharedCounters {
  /** What a node is asked to do in its next load, and has done. */
  static final long STALL_NONE = 0;

  static final long STALL_ASKED = 1;
  static final long STALL_REACHED = 2;

  private static final VarHandle WORDS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  // Words of a node: its reads, its stall; the rest keeps nodes in cache lines of their own.
  private static final int NODE_WORDS = 16;

  private final ByteBuffer words;
  private final int nodes;

  private SharedCounters(ByteBuffer words, int nodes) {
    this.words = words;
    this.nodes = nodes;
  }

  /** Opens the file, and makes it if need be. */
  static SharedCounters open(Path file, int nodes, int keys) {
    long bytes = 8L * ((long) nodes * NODE_WORDS + keys);
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes);
      return new SharedCounters(map.order(ByteOrder.nativeOrder()), nodes);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot share counters in " + file, e);
    }
  }

  private int versionAt(int key) {
    return 8 * (nodes * NODE_WORDS + key);
  }

  private static int readsAt(int node) {
    return 8 * node * NODE_WORDS;
  }

  private static int stallAt(int node) {
    return 8 * (node * NODE_WORDS + 1);
  }

  long current(int key) {
    return (long) WORDS.getVolatile(words, versionAt(key));
  }

  long raise(int key) {
    return (long) WORDS.getAndAdd(words, versionAt(key), 1L) + 1;
  }

  void addReads(int node, long more) {
    WORDS.getAndAdd(words, readsAt(node), more);
  }

  long allReads() {
    long sum = 0;
    for (int node = 0; node < nodes; node++) {
      sum += reads(node);
    }
    return sum;
  }

  long reads(int node) {
    return (long) WORDS.getVolatile(words, readsAt(node));
  }

  long stallOf(int node) {
    return (long) WORDS.getVolatile(words, stallAt(node));
  }

  void stall(int node, long state) {
    WORDS.setVolatile(words, stallAt(node), state);
  }

  boolean stall(int node, long from, long to) {
    return WORDS.compareAndSet(words, stallAt(node), from, to);
  }
}
