// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a job at each shard, some at a time, until all are through or the deadline is.
 *
 * <p>Confined to the thread of its caller, which waits here. The queue takes at most one entry for
 * each job.
 */
final class FanOut {
  /**
   * How long a cancelled statement may take to end before its connection is broken; the drivers
   * MySQL and MariaDB cancel by a connection of their own.
   */
  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final QueryThreads threads;
  private final int parallelism;
  private final FailurePolicy policy;
  private final Deadline deadline;

  FanOut(QueryThreads threads, int parallelism, FailurePolicy policy, Deadline deadline) {
    this.threads = threads;
    this.parallelism = parallelism;
    this.policy = policy;
    this.deadline = deadline;
  }

  /** The same with some time left after it to look at the map, if late shards are left out. */
  FanOut earlier() {
    return policy == FailurePolicy.FAIL
        ? this
        : new FanOut(threads, parallelism, policy, deadline.earlier());
  }

  FailurePolicy policy() {
    return policy;
  }

  Deadline deadline() {
    return deadline;
  }

  QueryThreads threads() {
    return threads;
  }

  /** What became of the job at a position. */
  private record End<T extends @Nullable Object>(
      int index, ShardResult<T> result, @Nullable Throwable thrown) {}

  /** What has ended and was not looked at yet; what ends later is freed at once. */
  private static final class Inbox<T extends @Nullable Object> {
    private final BlockingQueue<End<T>> queue = new LinkedBlockingQueue<>();
    private boolean closed;

    void add(ShardJob<T> job, End<T> end) {
      synchronized (this) {
        if (!closed) {
          queue.add(end);
          return;
        }
      }
      discard(job, end.result());
    }

    @Nullable End<T> poll(long nanos) throws InterruptedException {
      return queue.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }

    void close(List<? extends ShardJob<T>> jobs) {
      synchronized (this) {
        closed = true;
      }
      queue.forEach(end -> discard(jobs.get(end.index()), end.result()));
    }
  }

  private static <T extends @Nullable Object> void discard(
      ShardJob<T> job, @Nullable ShardResult<T> result) {
    if (result instanceof ShardResult.Success<T> success) {
      job.discard(success.value());
    }
  }

  /** The result of one job, or its own failure. */
  <T extends @Nullable Object> T runOne(ShardJob<T> job) throws SQLException {
    return new FanOut(threads, 1, FailurePolicy.PARTIAL, deadline).run(List.of(job)).get(0).value();
  }

  /** The results in the order of the jobs; under {@link FailurePolicy#FAIL} only successes. */
  <T extends @Nullable Object> List<ShardResult<T>> run(List<? extends ShardJob<T>> jobs)
      throws SQLException {
    Inbox<T> ends = new Inbox<>();
    List<@Nullable ShardResult<T>> results = new ArrayList<>();
    jobs.forEach(job -> results.add(null));
    int started = 0;
    boolean through = false;
    try {
      for (int ended = 0; ended < jobs.size(); ended++) {
        while (started < jobs.size() && started - ended < parallelism) {
          start(jobs.get(started), started, ends);
          started++;
        }
        End<T> end = ends.poll(deadline.remainingNanos());
        if (end == null) {
          break;
        }
        results.set(end.index(), judge(end));
      }
      List<ShardResult<T>> all = complete(jobs, results);
      through = true;
      return all;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while shards were read", "57014", e);
    } finally {
      stop(jobs.subList(0, started), results, through);
      ends.close(jobs);
    }
  }

  private <T extends @Nullable Object> void start(ShardJob<T> job, int index, Inbox<T> ends) {
    threads.work(
        () -> {
          try {
            ends.add(
                job, new End<>(index, new ShardResult.Success<>(job.shard(), job.run()), null));
          } catch (SQLException e) {
            ends.add(job, new End<>(index, new ShardResult.Failure<>(job.shard(), e), null));
          } catch (RuntimeException | Error e) {
            SQLException wrapped = new SQLException(e);
            ends.add(job, new End<>(index, new ShardResult.Failure<>(job.shard(), wrapped), e));
          }
        });
  }

  private <T extends @Nullable Object> ShardResult<T> judge(End<T> end) throws SQLException {
    if (end.thrown() instanceof RuntimeException e) {
      throw e;
    }
    if (end.thrown() instanceof Error e) {
      throw e;
    }
    if (end.result() instanceof ShardResult.Failure<T> failure
        && (policy == FailurePolicy.FAIL || isOurs(failure.cause()))) {
      throw named(failure.shard(), failure.cause());
    }
    return end.result();
  }

  /** Rows that are not as declared are never left out quietly. */
  static boolean isOurs(SQLException cause) {
    return RowOrder.NOT_AS_DECLARED.equals(cause.getSQLState());
  }

  static SQLException named(String shard, SQLException cause) {
    String text = "shard \"" + shard + "\": " + cause.getMessage();
    return cause instanceof SQLTimeoutException
        ? new SQLTimeoutException(text, cause.getSQLState(), cause.getErrorCode(), cause)
        : new SQLException(text, cause.getSQLState(), cause.getErrorCode(), cause);
  }

  private <T extends @Nullable Object> List<ShardResult<T>> complete(
      List<? extends ShardJob<T>> jobs, List<@Nullable ShardResult<T>> results)
      throws SQLException {
    List<String> late = new ArrayList<>();
    List<ShardResult<T>> all = new ArrayList<>();
    for (int i = 0; i < jobs.size(); i++) {
      ShardResult<T> result = results.get(i);
      if (result == null) {
        ShardJob<T> job = jobs.get(i);
        late.add(job.shard());
        result = new ShardResult.Failure<>(job.shard(), deadline.exceeded(job.late()));
      }
      all.add(result);
    }
    if (!late.isEmpty() && policy == FailurePolicy.FAIL) {
      throw deadline.exceeded("shards " + late + " did not answer");
    }
    return List.copyOf(all);
  }

  /** Ends what is still under way, and frees what was got in vain. */
  private <T extends @Nullable Object> void stop(
      List<? extends ShardJob<T>> jobs, List<@Nullable ShardResult<T>> results, boolean through) {
    for (int i = 0; i < jobs.size(); i++) {
      ShardJob<T> job = jobs.get(i);
      ShardResult<T> result = results.get(i);
      if (result == null) {
        stop(job);
      } else if (!through) {
        discard(job, result);
      }
    }
  }

  private <T extends @Nullable Object> void stop(ShardJob<T> job) {
    if (job.cancel()) {
      threads.breakOff(job::interrupt);
      var unused =
          threads.breakOffIn(
              GRACE_NANOS,
              () -> {
                if (!job.isEnded()) {
                  job.abort();
                }
              });
    }
  }
}
