// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.overload;

import io.scalingtoolkit.core.overload.Priority;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A server with some workers and a queue in the order of arrival, behind a limiter, on a clock that
 * jumps from event to event. Arrivals are Poisson, service times log-normal with mean 20 ms and
 * sigma 1, and an answer is good within 200 ms. Confined; everything follows from the seed.
 */
final class ServerSimulation {
  static final long MILLI = 1_000_000;
  static final long SECOND = 1_000 * MILLI;
  static final long DEADLINE = 200 * MILLI;
  static final double MEAN_SERVICE = 20 * MILLI;

  private static final double SIGMA = 1;

  /** What happened in the part of a run that is scored. */
  static final class Score {
    long sent;
    long rejected;
    long good;
    long critical;
    long goodCritical;
    final Histogram latencies = new Histogram(3);
  }

  private static final class Request {
    final long sentNanos;
    final Priority priority;
    final Score score;
    final Consumer<Boolean> outcome;
    @Nullable Object token;

    Request(long sentNanos, Priority priority, Score score, Consumer<Boolean> outcome) {
      this.sentNanos = sentNanos;
      this.priority = priority;
      this.score = score;
      this.outcome = outcome;
    }
  }

  private record Event(long atNanos, @Nullable Request end, @Nullable Runnable task) {}

  final Random random;
  private final Contender.Gate gate;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos));
  private final ArrayDeque<Request> queue = new ArrayDeque<>();
  private final double perNano;
  private int workers;
  private int busy;
  private long nowNanos;
  private Score score = new Score();
  private Runnable arrival = () -> arrive(Priority.DEFAULT, null, good -> {});

  ServerSimulation(long seed, Contender contender, int workers, double load) {
    this.random = new Random(seed);
    this.workers = workers;
    this.gate = contender.newGate(workers, () -> nowNanos);
    this.perNano = load * workers / MEAN_SERVICE;
    scheduleArrival();
  }

  /** Sets what happens at each arrival. */
  ServerSimulation arrivals(Runnable task) {
    arrival = task;
    return this;
  }

  void workers(int count) {
    workers = count;
    startWork();
  }

  void later(long nanos, Runnable task) {
    events.add(new Event(nowNanos + nanos, null, task));
  }

  private void scheduleArrival() {
    later(
        1 + (long) (-Math.log(1 - random.nextDouble()) / perNano),
        () -> {
          arrival.run();
          scheduleArrival();
        });
  }

  private long service() {
    double mu = Math.log(MEAN_SERVICE) - SIGMA * SIGMA / 2;
    return (long) Math.exp(mu + SIGMA * random.nextGaussian());
  }

  /** Runs on for some seconds; what is sent meanwhile is scored. */
  Score run(double seconds) {
    score = new Score();
    long until = nowNanos + (long) (seconds * SECOND);
    while (!events.isEmpty() && events.peek().atNanos() <= until) {
      Event event = events.remove();
      nowNanos = event.atNanos();
      if (event.end() != null) {
        end(event.end());
      } else if (event.task() != null) {
        event.task().run();
      }
    }
    nowNanos = until;
    return score;
  }

  /** Sends a request; {@code outcome} is told whether the answer was good. */
  void arrive(Priority priority, @Nullable String user, Consumer<Boolean> outcome) {
    Request request = new Request(nowNanos, priority, score, outcome);
    score.sent++;
    if (priority == Priority.CRITICAL) {
      score.critical++;
    }
    Object token = gate.tryEnter(priority, user);
    if (token == null) {
      score.rejected++;
      outcome.accept(false);
      return;
    }
    request.token = token;
    queue.add(request);
    startWork();
  }

  private void startWork() {
    while (busy < workers && !queue.isEmpty()) {
      busy++;
      events.add(new Event(nowNanos + service(), queue.remove(), null));
    }
  }

  private void end(Request request) {
    busy--;
    long latency = nowNanos - request.sentNanos;
    boolean good = latency <= DEADLINE;
    request.score.latencies.recordValue(latency);
    if (good) {
      request.score.good++;
      if (request.priority == Priority.CRITICAL) {
        request.score.goodCritical++;
      }
    }
    request.outcome.accept(good);
    Object token = request.token;
    if (token != null) {
      gate.leave(token);
    }
    startWork();
  }

  /** Returns the good answers as a part of what so many workers can answer, or of what was sent. */
  static double goodput(Score score, int workers, double seconds) {
    return score.good / Math.min(workers * seconds * SECOND / MEAN_SERVICE, (double) score.sent);
  }
}
