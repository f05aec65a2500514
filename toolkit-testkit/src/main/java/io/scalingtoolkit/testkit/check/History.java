// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** What sessions wrote and saw, complete enough to be judged again from a file. Immutable. */
public final class History {
  private static final int MAGIC = 0x53544B48;
  private static final int FORMAT = 1;

  private final int keys;
  private final List<String> nodes;
  private final List<SessionLog> logs;
  private final List<Integer> finalVersions;
  private final List<LossWindow> lossWindows;

  /**
   * A time in which acknowledged writes may have been lost, because an asynchronous replica was
   * promoted. Immutable.
   *
   * <p>A write belongs to the window when it had not ended before {@code fromNanos} and began
   * before {@code endNanos}. A read may miss it when the read ended after {@code promotionNanos}.
   * Who saw the write in a read that began after {@code endNanos} is entitled to it again.
   *
   * @param fromNanos what was acknowledged before is on the promoted node for certain
   * @param promotionNanos the promotion began, not before {@code fromNanos}
   * @param endNanos the promotion was over and the old primary out of the way, not before {@code
   *     promotionNanos}
   */
  public record LossWindow(long fromNanos, long promotionNanos, long endNanos) {
    /** Checks the order. */
    public LossWindow {
      if (promotionNanos < fromNanos || endNanos < promotionNanos) {
        throw new IllegalArgumentException(
            "fromNanos, promotionNanos and endNanos must ascend; got %d, %d, %d"
                .formatted(fromNanos, promotionNanos, endNanos));
      }
    }

    boolean holds(long start, long end) {
      return end >= fromNanos && start < endNanos;
    }
  }

  History(
      int keys,
      List<String> nodes,
      List<SessionLog> logs,
      List<Integer> finalVersions,
      List<LossWindow> lossWindows) {
    this.keys = keys;
    this.nodes = nodes;
    this.logs = logs;
    this.finalVersions = finalVersions;
    this.lossWindows = lossWindows;
  }

  /**
   * Returns this history with the versions that the database has after all operations, so that lost
   * writes can be told.
   *
   * @param versions one for each key, in the order of the keys
   */
  public History endingIn(int... versions) {
    if (versions.length != keys) {
      throw new IllegalArgumentException(
          "versions must have one element for each of " + keys + " keys; got " + versions.length);
    }
    List<Integer> boxed = IntStream.of(versions).boxed().toList();
    return new History(keys, nodes, logs, boxed, lossWindows);
  }

  /**
   * Returns this history with windows in which writes may have been lost. Reads that miss a write
   * of a window after its promotion are no violations; the report counts them and lists their
   * sessions.
   *
   * @param windows added to those there are
   */
  public History declaringLost(Collection<LossWindow> windows) {
    List<LossWindow> all = Stream.concat(lossWindows.stream(), windows.stream()).toList();
    return new History(keys, nodes, logs, finalVersions, all);
  }

  /** Returns how many operations there are, failed ones too. */
  public long size() {
    return logs.stream().mapToLong(SessionLog::size).sum();
  }

  /**
   * Returns all operations of a session in the order they were recorded.
   *
   * @throws IndexOutOfBoundsException if there is no such session
   */
  public List<Operation> operations(int session) {
    SessionLog log = logs.get(session);
    return IntStream.range(0, log.size()).mapToObj(i -> operation(session, i)).toList();
  }

  /** Writes the history to a file, compressed; an existing file is replaced. */
  public void save(Path file) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(new FastGzip(Files.newOutputStream(file))))) {
      out.writeInt(MAGIC);
      out.writeInt(FORMAT);
      out.writeInt(keys);
      out.writeInt(nodes.size());
      for (String node : nodes) {
        out.writeUTF(node);
      }
      out.writeInt(finalVersions.size());
      for (int version : finalVersions) {
        out.writeInt(version);
      }
      out.writeInt(lossWindows.size());
      for (LossWindow window : lossWindows) {
        out.writeLong(window.fromNanos());
        out.writeLong(window.promotionNanos());
        out.writeLong(window.endNanos());
      }
      out.writeInt(logs.size());
      for (SessionLog log : logs) {
        log.writeTo(out);
      }
    }
  }

  /**
   * Reads a history that {@link #save} wrote.
   *
   * @throws IOException if the file cannot be read or is none
   */
  public static History load(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(new GZIPInputStream(Files.newInputStream(file))))) {
      int magic = in.readInt();
      int format = in.readInt();
      if (magic != MAGIC || format != FORMAT) {
        throw new IOException(file + " is no history of format " + FORMAT);
      }
      int keys = in.readInt();
      List<String> nodes = readList(in, from -> from.readUTF());
      List<Integer> finalVersions = readList(in, from -> from.readInt());
      List<LossWindow> windows =
          readList(in, from -> new LossWindow(from.readLong(), from.readLong(), from.readLong()));
      List<SessionLog> logs = readList(in, SessionLog::readFrom);
      return new History(keys, nodes, logs, finalVersions, windows);
    }
  }

  int keys() {
    return keys;
  }

  List<SessionLog> logs() {
    return logs;
  }

  List<LossWindow> lossWindows() {
    return lossWindows;
  }

  /** Returns one version for each key, or nothing if the final state is not known. */
  List<Integer> finalVersions() {
    return finalVersions;
  }

  /** Returns the name of a node by its number, null for 0. */
  @Nullable String node(int number) {
    return number == 0 ? null : nodes.get(number - 1);
  }

  int nodeCount() {
    return nodes.size();
  }

  Operation operation(int session, int index) {
    SessionLog log = logs.get(session);
    return new Operation(
            session,
            index,
            log.kind(index),
            log.key(index),
            log.version(index),
            log.start(index),
            log.end(index),
            log.outcome(index),
            node(log.node(index)),
            null)
        .dependingOn(log.dependencyKey(index), log.dependencyVersion(index));
  }

  /** Timestamps compress little better for ten times the work. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  @FunctionalInterface
  private interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  private static <T> List<T> readList(DataInputStream in, Reader<T> reader) throws IOException {
    int size = in.readInt();
    List<T> list = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      list.add(Objects.requireNonNull(reader.read(in)));
    }
    return List.copyOf(list);
  }
}
