// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import java.util.random.RandomGenerator;

/**
 * The settings of one direction and the arithmetic of when bytes come out at the other end.
 * Confined to the thread of the proxy's loop.
 *
 * <p>Model: one shared wire per direction. Bytes first wait for the wire to be free (bandwidth,
 * shared by all connections in order of arrival), then travel for the latency plus a uniform share
 * of the jitter. Times are nanoseconds since the loop started, so that they compare without
 * overflow.
 */
final class Link {
  /** The largest piece that is read or queued as one, in bytes. */
  static final int MAX_CHUNK_BYTES = 16 * 1024;

  /** The most one connection may hold in one direction before reading stops, in bytes. */
  static final int MAX_BUFFER_BYTES = 1024 * 1024;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** How finely a limited wire is sliced: pieces of a fiftieth of a second. */
  private static final int SLICES_PER_SECOND = 50;

  private final RandomGenerator random;
  private long latencyNanos;
  private long jitterNanos;
  private long closeDelayNanos;
  private long bytesPerSecond; // 0: no limit
  private long freeAtNanos;
  private boolean cut;

  Link(RandomGenerator random) {
    this.random = random;
  }

  void setLatencyNanos(long nanos) {
    latencyNanos = nanos;
  }

  void setJitterNanos(long nanos) {
    jitterNanos = nanos;
  }

  void setCloseDelayNanos(long nanos) {
    closeDelayNanos = nanos;
  }

  /** Limits the wire; 0 takes the limit away. */
  void setBytesPerSecond(long limit) {
    bytesPerSecond = limit;
    freeAtNanos = 0;
  }

  void setCut(boolean value) {
    cut = value;
  }

  boolean isCut() {
    return cut;
  }

  void heal() {
    latencyNanos = 0;
    jitterNanos = 0;
    closeDelayNanos = 0;
    cut = false;
    setBytesPerSecond(0);
  }

  /** Forgets the wire time already promised, so that queued bytes can be timed anew. */
  void forgetPromises() {
    freeAtNanos = 0;
  }

  /** The time at which {@code bytes} that enter at {@code nowNanos} come out. */
  long arrivalNanos(long nowNanos, int bytes) {
    long sent = nowNanos;
    if (bytesPerSecond > 0) {
      long wireNanos = (bytes * NANOS_PER_SECOND + bytesPerSecond - 1) / bytesPerSecond;
      freeAtNanos = Math.max(nowNanos, freeAtNanos) + wireNanos;
      sent = freeAtNanos;
    }
    long jitter = jitterNanos == 0 ? 0 : random.nextLong(jitterNanos + 1);
    return sent + latencyNanos + jitter;
  }

  /** The time at which a close that enters at {@code nowNanos} comes out. */
  long closeNanos(long nowNanos) {
    return arrivalNanos(nowNanos, 0) + closeDelayNanos;
  }

  /** The largest piece to queue as one, so that a slow wire trickles instead of bursting. */
  int chunkBytes() {
    if (bytesPerSecond == 0) {
      return MAX_CHUNK_BYTES;
    }
    return (int) Math.max(1, Math.min(bytesPerSecond / SLICES_PER_SECOND, MAX_CHUNK_BYTES));
  }

  /**
   * How much one connection may hold in this direction: on a limited wire two slices and what is
   * travelling, so that one connection cannot book the wire far ahead of the others.
   */
  int bufferBytes() {
    if (bytesPerSecond == 0) {
      return MAX_BUFFER_BYTES;
    }
    double travelling = (double) bytesPerSecond * latencyNanos / NANOS_PER_SECOND;
    return (int) Math.min(2.0 * chunkBytes() + travelling, MAX_BUFFER_BYTES);
  }
}
