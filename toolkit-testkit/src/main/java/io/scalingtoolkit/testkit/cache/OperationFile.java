// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What one thread of a node did, 24 bytes for each operation:
 *
 * <pre>
 *  0  when it was invoked, nanoseconds of the host's monotonic clock
 *  8  when it returned
 * 16  kind, 1 byte; key, 3 bytes
 * 20  version
 * </pre>
 *
 * Confined.
 */
final class OperationFile implements AutoCloseable {
  static final int RECORD = 24;
  static final int MOST_KEYS = 1 << 24;

  /** A read that got a version. */
  static final int READ = 1;

  /** An invalidation that returned. */
  static final int INVALIDATION = 2;

  /** A read or an invalidation that ended with an exception. */
  static final int FAILURE = 3;

  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(RECORD * 2_048);

  OperationFile(Path file) throws IOException {
    this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  void add(int kind, int key, long version, long invokedNanos, long returnedNanos)
      throws IOException {
    if (buffer.remaining() < RECORD) {
      flush();
    }
    buffer.putLong(invokedNanos).putLong(returnedNanos);
    buffer.putInt(kind << 24 | key).putInt(Math.toIntExact(version));
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  @Override
  public void close() throws IOException {
    flush();
    channel.close();
  }

  /** Takes the operations of a thread, one after the other. */
  @FunctionalInterface
  interface Visitor {
    void visit(int kind, int key, int version, long invokedNanos, long returnedNanos);
  }

  /** Goes through a file; what is not whole at its end does not count. */
  static void scan(Path file, Visitor visitor) throws IOException {
    ByteBuffer block = ByteBuffer.allocateDirect(RECORD * 8_192);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      boolean more = true;
      while (more) {
        more = channel.read(block) >= 0;
        block.flip();
        while (block.remaining() >= RECORD) {
          long invoked = block.getLong();
          long returned = block.getLong();
          int what = block.getInt();
          visitor.visit(what >>> 24, what & (MOST_KEYS - 1), block.getInt(), invoked, returned);
        }
        block.compact();
      }
    }
  }
}
