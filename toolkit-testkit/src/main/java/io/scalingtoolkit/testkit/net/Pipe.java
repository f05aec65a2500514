// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * One direction of one connection: a bounded queue of bytes with the time each piece is due, and
 * how the source ended. Confined to the thread of the proxy's loop.
 *
 * <p>Invariants: due times never fall along the queue, so order is kept whatever the jitter; the
 * end mark is due no earlier than the last piece; at most {@link Link#MAX_BUFFER_BYTES} are held,
 * beyond that the source is not read and TCP itself holds the sender back.
 */
final class Pipe {
  /** How the source has ended, if it has. */
  enum End {
    NONE,
    FINISHED,
    RESET
  }

  private record Chunk(ByteBuffer bytes, long dueNanos) {}

  private final Link link;
  private final Deque<Chunk> queue = new ArrayDeque<>();
  private int heldBytes;
  private long lastDueNanos;
  private End end = End.NONE;
  private long endDueNanos;
  private boolean blocked;
  private boolean done;

  Pipe(Link link) {
    this.link = link;
  }

  /** Whether the source should be read now. */
  boolean wantsRead() {
    return !done && end == End.NONE && !link.isCut() && heldBytes < link.bufferBytes();
  }

  /** Whether the last flush stopped because the sink's kernel buffer was full. */
  boolean isBlocked() {
    return blocked;
  }

  boolean isDone() {
    return done;
  }

  /** Reads once from the source; returns the number of bytes read, 0 when it ended or was empty. */
  int read(SocketChannel source, ByteBuffer scratch, long nowNanos) {
    scratch.clear().limit(Math.min(scratch.capacity(), link.chunkBytes()));
    int count;
    try {
      count = source.read(scratch);
    } catch (IOException reset) {
      // The source's reset is traffic to be passed on, not a failure of the proxy.
      end(End.RESET, nowNanos);
      return 0;
    }
    if (count < 0) {
      end(End.FINISHED, nowNanos);
      return 0;
    }
    offer(scratch.flip(), nowNanos);
    return count;
  }

  /** Marks how the source ended; the first mark stays. */
  void end(End how, long nowNanos) {
    if (end == End.NONE) {
      end = how;
      endDueNanos = Math.max(lastDueNanos, link.closeNanos(nowNanos));
    }
  }

  /** Treats everything held as if it had just been read, under the link's present settings. */
  void retime(long nowNanos) {
    List<Chunk> held = new ArrayList<>(queue);
    queue.clear();
    heldBytes = 0;
    lastDueNanos = nowNanos;
    for (Chunk chunk : held) {
      offer(chunk.bytes, nowNanos);
    }
    if (end != End.NONE) {
      endDueNanos = Math.max(lastDueNanos, link.closeNanos(nowNanos));
    }
  }

  private void offer(ByteBuffer bytes, long nowNanos) {
    while (bytes.hasRemaining()) {
      byte[] piece = new byte[Math.min(bytes.remaining(), link.chunkBytes())];
      bytes.get(piece);
      lastDueNanos = Math.max(lastDueNanos, link.arrivalNanos(nowNanos, piece.length));
      queue.add(new Chunk(ByteBuffer.wrap(piece), lastDueNanos));
      heldBytes += piece.length;
    }
  }

  /**
   * Writes what is due to the sink.
   *
   * @return the number of bytes the sink took
   * @throws IOException when the sink is dead
   */
  long flush(SocketChannel sink, long nowNanos) throws IOException {
    blocked = false;
    long written = 0;
    while (!done && !link.isCut()) {
      Chunk head = queue.peek();
      if (head == null || head.dueNanos > nowNanos) {
        break;
      }
      int count = sink.write(head.bytes);
      written += count;
      heldBytes -= count;
      if (head.bytes.hasRemaining()) {
        blocked = true;
        break;
      }
      queue.remove();
    }
    return written;
  }

  /** The end to apply to the sink now, {@link End#NONE} when there is none yet. */
  End dueEnd(long nowNanos) {
    boolean due = !done && !link.isCut() && queue.isEmpty() && endDueNanos <= nowNanos;
    return due ? end : End.NONE;
  }

  /** Drops what is held; nothing more passes. */
  void finish() {
    done = true;
    blocked = false;
    queue.clear();
    heldBytes = 0;
  }

  /** When this pipe next needs a flush by time alone, {@link Long#MAX_VALUE} for never. */
  long nextDueNanos() {
    if (done || blocked || link.isCut()) {
      return Long.MAX_VALUE;
    }
    Chunk head = queue.peek();
    if (head != null) {
      return head.dueNanos;
    }
    return end == End.NONE ? Long.MAX_VALUE : endDueNanos;
  }
}
