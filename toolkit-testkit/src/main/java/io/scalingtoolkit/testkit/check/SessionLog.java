// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.Operation.Kind;
import io.scalingtoolkit.testkit.check.Operation.Outcome;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The operations of one session, 40 bytes each, in the order they were recorded. Thread-safe.
 *
 * <p>Chunks are only ever appended to and what lies below {@code size} never changes, so a {@link
 * #snapshot} shares them.
 */
final class SessionLog {
  static final int CHUNK = 512;

  private static final int START = 0;
  private static final int END = 1;
  private static final int REGISTER = 2;
  private static final int DEPENDENCY = 3;
  private static final int META = 4;
  private static final int WIDTH = 5;

  // Saved histories hold places in these lists.
  private static final List<Kind> KINDS = List.of(Kind.READ, Kind.WRITE);
  private static final List<Outcome> OUTCOMES =
      List.of(Outcome.OK, Outcome.FAILED, Outcome.UNKNOWN);

  /** Gives out the right to one more chunk, or throws. */
  @FunctionalInterface
  interface Allowance {
    void takeChunk();
  }

  private final List<long[]> chunks;
  private int size;

  SessionLog() {
    this(new ArrayList<>(), 0);
  }

  private SessionLog(List<long[]> chunks, int size) {
    this.chunks = chunks;
    this.size = size;
  }

  synchronized void append(Operation operation, int node, Allowance allowance) {
    int offset = size % CHUNK;
    if (offset == 0) {
      allowance.takeChunk();
      chunks.add(new long[CHUNK * WIDTH]);
    }
    long[] chunk = chunks.get(size / CHUNK);
    int at = offset * WIDTH;
    chunk[at + START] = operation.startNanos();
    chunk[at + END] = operation.endNanos();
    chunk[at + REGISTER] = pack(operation.key(), operation.version());
    Operation.Dependency dependency = operation.dependsOn();
    chunk[at + DEPENDENCY] = dependency == null ? 0 : pack(dependency.key(), dependency.version());
    chunk[at + META] =
        ((long) node << 8)
            | ((long) KINDS.indexOf(operation.kind()) << 4)
            | OUTCOMES.indexOf(operation.outcome());
    size++;
  }

  synchronized SessionLog snapshot() {
    return new SessionLog(List.copyOf(chunks), size);
  }

  // The methods below are for a snapshot, which no thread changes.

  int size() {
    return size;
  }

  long start(int index) {
    return word(index, START);
  }

  long end(int index) {
    return word(index, END);
  }

  int key(int index) {
    return (int) (word(index, REGISTER) >>> 32);
  }

  int version(int index) {
    return (int) word(index, REGISTER);
  }

  int dependencyKey(int index) {
    return (int) (word(index, DEPENDENCY) >>> 32);
  }

  /** Returns the version of the dependency, 0 if there is none. */
  int dependencyVersion(int index) {
    return (int) word(index, DEPENDENCY);
  }

  Kind kind(int index) {
    return KINDS.get((int) (word(index, META) >>> 4) & 0xF);
  }

  Outcome outcome(int index) {
    return OUTCOMES.get((int) word(index, META) & 0xF);
  }

  boolean isOk(int index, Kind kind) {
    return kind(index) == kind && outcome(index) == Outcome.OK;
  }

  /** Returns the number of the node that answered, 0 for an unknown one. */
  int node(int index) {
    return (int) (word(index, META) >>> 8);
  }

  void writeTo(DataOutputStream out) throws IOException {
    out.writeInt(size);
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK * WIDTH * Long.BYTES);
    for (int first = 0; first < size; first += CHUNK) {
      int words = Math.min(CHUNK, size - first) * WIDTH;
      bytes.asLongBuffer().put(chunks.get(first / CHUNK), 0, words);
      out.write(bytes.array(), 0, words * Long.BYTES);
    }
  }

  static SessionLog readFrom(DataInputStream in) throws IOException {
    int size = in.readInt();
    List<long[]> chunks = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK * WIDTH * Long.BYTES);
    for (int first = 0; first < size; first += CHUNK) {
      int words = Math.min(CHUNK, size - first) * WIDTH;
      in.readFully(bytes.array(), 0, words * Long.BYTES);
      long[] chunk = new long[CHUNK * WIDTH];
      bytes.asLongBuffer().get(chunk, 0, words);
      chunks.add(chunk);
    }
    return new SessionLog(List.copyOf(chunks), size);
  }

  private long word(int index, int field) {
    return chunks.get(index / CHUNK)[index % CHUNK * WIDTH + field];
  }

  private static long pack(int high, int low) {
    return ((long) high << 32) | (low & 0xFFFF_FFFFL);
  }
}
