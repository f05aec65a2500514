// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.time.Duration;

/**
 * How a mover goes about it.
 *
 * <p>Immutable.
 *
 * @param groupSize how many slots move together and pause together, 1 to 4,096; PostgreSQL needs
 *     room for a lock of each, {@code max_locks_per_transaction} times its connections
 * @param chunkRows rows in one transaction of the copy, 1 to 10,000
 * @param rowsPerSecond the most rows copied in a second, so that the databases have time for
 *     others; 0 for no limit
 * @param logBudget changed keys that may wait to be carried over; with more the move is aborted
 * @param freezePatience how long writers may wait behind one attempt to keep them out, 1 ms to 10 s
 * @param freezeAttempts attempts before the move is aborted, 1 to 10,000
 * @param lease after which silence of a mover others may go on with its move, 1 s to 1 h
 * @param readLease how long an instance reads by a map that it could not read again; the same as
 *     that of the data sources, 100 ms to 1 h
 * @param soak how long the source is kept the same after the switch, for the way back; 0 to 30 days
 */
public record MoveOptions(
    int groupSize,
    int chunkRows,
    int rowsPerSecond,
    long logBudget,
    Duration freezePatience,
    int freezeAttempts,
    Duration lease,
    Duration readLease,
    Duration soak) {
  /** Groups of 64 slots, 500 rows, no limit, 1 million keys, 100 ms, 100 times, 10 s, 2 s, none. */
  public static final MoveOptions DEFAULT =
      new MoveOptions(
          64,
          500,
          0,
          1_000_000,
          Duration.ofMillis(100),
          100,
          Duration.ofSeconds(10),
          Duration.ofSeconds(2),
          Duration.ZERO);

  /**
   * Checks all.
   *
   * @throws IllegalArgumentException naming the option, its range and the value
   */
  public MoveOptions {
    range("groupSize", groupSize, 1, 4_096);
    range("chunkRows", chunkRows, 1, 10_000);
    range("rowsPerSecond", rowsPerSecond, 0, Integer.MAX_VALUE);
    range("logBudget", logBudget, 1, Long.MAX_VALUE);
    range("freezeAttempts", freezeAttempts, 1, 10_000);
    range("freezePatience", freezePatience, Duration.ofMillis(1), Duration.ofSeconds(10));
    range("lease", lease, Duration.ofSeconds(1), Duration.ofHours(1));
    range("readLease", readLease, Duration.ofMillis(100), Duration.ofHours(1));
    range("soak", soak, Duration.ZERO, Duration.ofDays(30));
  }

  private static void range(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be " + least + " to " + most + ", was " + value);
    }
  }

  private static void range(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          name + " must be " + least + " to " + most + ", was " + value);
    }
  }

  /** The same with another size of groups. */
  public MoveOptions withGroupSize(int size) {
    return new MoveOptions(
        size,
        chunkRows,
        rowsPerSecond,
        logBudget,
        freezePatience,
        freezeAttempts,
        lease,
        readLease,
        soak);
  }

  /** The same with another time for the way back. */
  public MoveOptions withSoak(Duration time) {
    return new MoveOptions(
        groupSize,
        chunkRows,
        rowsPerSecond,
        logBudget,
        freezePatience,
        freezeAttempts,
        lease,
        readLease,
        time);
  }

  /** The same with another lease of the mover. */
  public MoveOptions withLease(Duration time) {
    return new MoveOptions(
        groupSize,
        chunkRows,
        rowsPerSecond,
        logBudget,
        freezePatience,
        freezeAttempts,
        time,
        readLease,
        soak);
  }
}
