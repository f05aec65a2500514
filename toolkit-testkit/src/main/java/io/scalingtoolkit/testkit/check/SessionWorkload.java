// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Many sessions that read and write registers in one table, and remember what they saw.
 *
 * <p>Each register has one row and one session that writes it, which gives it the versions 1, 2, 3
 * and so on, each at most once. A write stores beside the version what its session had seen or
 * written of another register before. Sessions prefer to read what they are entitled to a version
 * of: their own registers, what they read last, and what the last row they saw depends on.
 *
 * <p>The table is {@code check_register}, in SQL that PostgreSQL, MariaDB and MySQL share. What is
 * chosen follows from the seed; how the threads interleave does not. Thread-safe, one run at a
 * time.
 *
 * <pre>{@code
 * workload.prepare(primary);
 * History history = workload.run(driver).endingIn(workload.finalVersions(primary));
 * CheckReport report = Judge.unbounded().judge(history);
 * }</pre>
 */
public final class SessionWorkload {
  private final Settings settings;
  private @Nullable RegisterTable prepared;

  /** What a workload is made of. Immutable. */
  record Settings(
      int sessions,
      int threads,
      int keys,
      double writeShare,
      Duration duration,
      int operations,
      long seed,
      boolean sharedSessions) {
    Settings {
      requireRange("sessions", sessions, 1, 65_536);
      requireRange("threads", threads, 1, 1_024);
      requireRange("keys", keys, sessions, 1_000_000);
      requireRange("operations", operations, 1, 100_000_000);
      if (!(writeShare > 0 && writeShare < 1)) {
        throw new IllegalArgumentException(
            "writeShare must lie between 0 and 1, neither included; got " + writeShare);
      }
      if (duration.isNegative() || duration.isZero() || duration.compareTo(MAX_DURATION) > 0) {
        throw new IllegalArgumentException(
            "duration must be more than zero and at most " + MAX_DURATION + "; got " + duration);
      }
      if (!sharedSessions && threads > sessions) {
        throw new IllegalArgumentException(
            "threads must be at most the number of sessions, "
                + sessions
                + ", unless sessions are shared; got "
                + threads);
      }
    }

    private static final Duration MAX_DURATION = Duration.ofDays(1);

    private static void requireRange(String name, int value, int least, int most) {
      if (value < least || value > most) {
        throw new IllegalArgumentException(
            "%s must be from %d to %d; got %d".formatted(name, least, most, value));
      }
    }
  }

  private SessionWorkload(Settings settings) {
    this.settings = settings;
  }

  /** Returns a builder: 256 sessions, 8 threads, 1,024 keys, a fifth writes, 10 s. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Makes the table on the primary, anew if there is one. Let the replicas catch up afterwards: a
   * read that finds no table has failed.
   */
  public synchronized void prepare(DataSource primary) throws SQLException {
    prepared = RegisterTable.create(primary, settings.keys());
  }

  /**
   * Runs until the duration or the number of operations is over, and returns the history. Blocks
   * for that long, and for as long as the driver needs to return from the operations that are under
   * way then.
   *
   * @throws IllegalStateException if the table was not prepared for this run, or if the driver
   *     threw anything but an {@link SQLException}
   * @throws InterruptedException if the thread was interrupted; the workload's threads then end
   *     after their current operation
   */
  public History run(SessionDriver driver) throws InterruptedException {
    return new WorkloadRun(settings, takePrepared(), Objects.requireNonNull(driver, "driver"))
        .execute();
  }

  /** Returns the version that the primary has of each key, in the order of the keys. */
  public int[] finalVersions(DataSource primary) throws SQLException {
    return RegisterTable.versions(primary, settings.keys());
  }

  private synchronized RegisterTable takePrepared() {
    RegisterTable table = prepared;
    if (table == null) {
      throw new IllegalStateException("prepare() must be called before each run()");
    }
    prepared = null;
    return table;
  }

  /** The choices for a workload. Confined. */
  public static final class Builder {
    private int sessions = 256;
    private int threads = 8;
    private int keys = 1_024;
    private double writeShare = 0.2;
    private Duration duration = Duration.ofSeconds(10);
    private int operations = 4_000_000;
    private long seed;
    private boolean sharedSessions;

    private Builder() {}

    /** Sets the number of sessions, from 1 to 65,536. */
    public Builder sessions(int count) {
      sessions = count;
      return this;
    }

    /** Sets the number of threads, from 1 to 1,024; each session belongs to one of them. */
    public Builder threads(int count) {
      threads = count;
      return this;
    }

    /** Sets the number of registers, at least one for each session and at most 1,000,000. */
    public Builder keys(int count) {
      keys = count;
      return this;
    }

    /** Sets the share of writes among the operations, between 0 and 1. */
    public Builder writeShare(double share) {
      writeShare = share;
      return this;
    }

    /** Sets for how long it runs at most, up to one day. */
    public Builder duration(Duration limit) {
      duration = Objects.requireNonNull(limit, "limit");
      return this;
    }

    /** Sets how many operations there are at most, up to 100,000,000 of 40 bytes each. */
    public Builder operations(int limit) {
      operations = limit;
      return this;
    }

    /** Sets what the choices follow from; 0 unless set. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** Lets every thread use every session, so that one session has several operations at once. */
    public Builder sharedSessions() {
      sharedSessions = true;
      return this;
    }

    /**
     * Returns the workload.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    public SessionWorkload build() {
      return new SessionWorkload(
          new Settings(
              sessions, threads, keys, writeShare, duration, operations, seed, sharedSessions));
    }
  }
}
