// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.overload;

import io.scalingtoolkit.core.overload.downstream.Hedge;
import io.scalingtoolkit.core.overload.downstream.RetryBudget;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Clients that call again, in virtual time: into an outage, and past slow answers. Confined. */
public final class SecondAttempts {
  private static final long MILLI = ServerSimulation.MILLI;
  private static final long SECOND = ServerSimulation.SECOND;

  private record Event(long atNanos, Runnable task) {}

  private final Random random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos));
  private long nowNanos;

  private SecondAttempts(long seed) {
    random = new Random(seed);
  }

  private void later(long nanos, Runnable task) {
    events.add(new Event(nowNanos + nanos, task));
  }

  private void run(long untilNanos) {
    while (!events.isEmpty() && events.peek().atNanos() <= untilNanos) {
      Event event = events.remove();
      nowNanos = event.atNanos();
      event.task().run();
    }
    nowNanos = untilNanos;
  }

  private void every(long nanos, Runnable task) {
    later(
        nanos,
        () -> {
          task.run();
          every(nanos, task);
        });
  }

  private void everyPoisson(double perSecond, Runnable task) {
    long gap = 1 + (long) (-Math.log(1 - random.nextDouble()) / perSecond * SECOND);
    later(
        gap,
        () -> {
          task.run();
          everyPoisson(perSecond, task);
        });
  }

  /**
   * What became of an outage.
   *
   * @param load attempts per original while the server was down
   * @param recoverySeconds from its end until a second in which 95 of 100 originals were answered
   *     followed by two more; infinite if there was none
   * @param goodputAtEnd of the originals of the last 10 s, the part that was answered
   */
  public record Outage(double load, double recoverySeconds, double goodputAtEnd) {}

  /**
   * Stops a server of 16 workers at 0.8 of its capacity for 10 s, with a queue of 200, clients that
   * give up after 200 ms and make three attempts. It does not know that they have given up.
   */
  public static Outage outage(long seed, boolean budgeted) {
    return new SecondAttempts(seed).new OutageRun(budgeted).result();
  }

  private final class OutageRun {
    private static final int WORKERS = 16;
    private static final int QUEUE = 200;
    private static final int DOWN_AT = 20;
    private static final int UP_AT = 30;
    private static final int END = 60;
    private static final int ATTEMPTS = 3;
    private static final long TIMEOUT = 200 * MILLI;
    private static final double PER_SECOND = 0.8 * WORKERS * 50;

    private final @Nullable RetryBudget budget;
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final long[] originals = new long[END + 1];
    private final long[] attempts = new long[END + 1];
    private final long[] answered = new long[END + 1];
    private int busy;
    private boolean down;

    private OutageRun(boolean budgeted) {
      budget = budgeted ? RetryBudget.builder("server").clock(() -> nowNanos).build() : null;
    }

    Outage result() {
      // Evenly, so that the load of the outage is that of the seconds before it to the last
      // request.
      every((long) (SECOND / PER_SECOND), this::original);
      later(DOWN_AT * SECOND, () -> down = true);
      later(
          UP_AT * SECOND,
          () -> {
            down = false;
            work();
          });
      run((END + 1) * SECOND);
      double load = (double) sum(attempts, DOWN_AT, UP_AT) / sum(originals, DOWN_AT, UP_AT);
      double last = (double) sum(answered, END - 10, END) / sum(originals, END - 10, END);
      return new Outage(load, recovery(), last);
    }

    private double recovery() {
      for (int second = UP_AT; second + 3 <= END; second++) {
        boolean normal = true;
        for (int each = second; each < second + 3; each++) {
          normal &= answered[each] >= 0.95 * originals[each];
        }
        if (normal) {
          return second - UP_AT;
        }
      }
      return Double.POSITIVE_INFINITY;
    }

    private long sum(long[] perSecond, int from, int to) {
      long sum = 0;
      for (int i = from; i < to; i++) {
        sum += perSecond[i];
      }
      return sum;
    }

    private int second() {
      return (int) Math.min(END, nowNanos / SECOND);
    }

    private void original() {
      originals[second()]++;
      if (budget != null) {
        budget.original();
      }
      attempt(1, second());
    }

    private void attempt(int number, int bornIn) {
      attempts[second()]++;
      boolean[] over = new boolean[1];
      later(
          TIMEOUT,
          () -> {
            if (!over[0]) {
              over[0] = true;
              failed(number, bornIn);
            }
          });
      if (queue.size() >= QUEUE) {
        // The connection is not taken; the client notices at its timeout.
        return;
      }
      queue.add(
          () -> {
            if (!over[0]) {
              over[0] = true;
              answered[bornIn]++;
            }
          });
      work();
    }

    private void failed(int number, int bornIn) {
      if (number < ATTEMPTS && (budget == null || budget.tryWithdraw())) {
        attempt(number + 1, bornIn);
      }
    }

    private void work() {
      while (!down && busy < WORKERS && !queue.isEmpty()) {
        Runnable done = queue.remove();
        busy++;
        long service =
            (long) (Math.exp(Math.log(20) - 0.125 + 0.5 * random.nextGaussian()) * MILLI);
        later(
            service,
            () -> {
              busy--;
              done.run();
              work();
            });
      }
    }
  }

  /**
   * What hedging came to.
   *
   * @param p999Millis of the answers
   * @param extra hedges per call
   */
  public record Hedged(double p999Millis, double extra) {}

  /** Makes 1,000 calls a second of about 10 ms, of which one in a hundred takes 50 times longer. */
  public static Hedged slowCalls(long seed, int seconds, boolean hedged) {
    return new SecondAttempts(seed).calls(seconds, hedged);
  }

  private Hedged calls(int seconds, boolean hedged) {
    RetryBudget budget = RetryBudget.builder("server").clock(() -> nowNanos).build();
    Hedge hedge = Hedge.builder(budget).clock(() -> nowNanos).timer(this::later).build();
    Histogram latencies = new Histogram(3);
    long[] sent = new long[2];
    everyPoisson(
        1_000,
        () -> {
          long start = nowNanos;
          CompletableFuture<Long> answer =
              hedged ? hedge.call(number -> answer(sent, number)) : answer(sent, 0);
          var unused =
              answer.thenAccept(done -> latencies.recordValue(Math.max(1, nowNanos - start)));
        });
    run(seconds * SECOND);
    return new Hedged(
        (double) latencies.getValueAtPercentile(99.9) / MILLI, (double) sent[1] / sent[0]);
  }

  private CompletableFuture<Long> answer(long[] sent, int number) {
    sent[number]++;
    double times = random.nextInt(100) == 0 ? 50 : 1;
    long service = (long) (times * 10 * Math.exp(0.3 * random.nextGaussian()) * MILLI);
    CompletableFuture<Long> answer = new CompletableFuture<>();
    later(service, () -> answer.complete(service));
    return answer;
  }
}
