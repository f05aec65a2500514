// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.core.time.WallClock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server with some workers and a queue in the order of arrival, behind a limiter, on a clock that
 * jumps from event to event. Everything follows from the seed.
 *
 * <p>Arrivals are Poisson, service times log-normal with mean 20 ms and sigma 1. A request is good
 * if it is answered within 200 ms.
 */
final class ServerSimulation {
  static final long MILLI = 1_000_000;
  static final long SECOND = 1_000 * MILLI;
  static final long DEADLINE = 200 * MILLI;
  static final double MEAN_SERVICE = 20 * MILLI;

  private static final double SIGMA = 1;

  /** One request and what became of it. */
  static final class Request {
    final long sentNanos;
    final Priority priority;
    final @Nullable String user;
    @Nullable Permit permit;
    boolean good;
    boolean rejected;
    long latencyNanos = -1;

    Request(long sentNanos, Priority priority, @Nullable String user) {
      this.sentNanos = sentNanos;
      this.priority = priority;
      this.user = user;
    }
  }

  private record Event(long atNanos, Request request) {}

  private record Later(long atNanos, Supplier<Request> request) {}

  final Random random;
  private final PriorityQueue<Event> ends =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos));
  private final PriorityQueue<Later> later =
      new PriorityQueue<>(Comparator.comparingLong(Later::atNanos));
  private final ArrayDeque<Request> queue = new ArrayDeque<>();
  private int workers;
  private int busy;
  private double slowdown = 1;
  private long nowNanos;
  private long nextArrivalNanos;
  private double perSecond;
  private AdaptiveLimiter limiter;
  private Supplier<List<Request>> arrivals = () -> List.of(request(Priority.DEFAULT, null));

  final List<Request> requests = new ArrayList<>();

  ServerSimulation(long seed, int workers) {
    this.random = new Random(seed);
    this.workers = workers;
    MonotonicClock clock = () -> nowNanos;
    WallClock wall = () -> Instant.EPOCH;
    this.limiter = AdaptiveLimiter.builder("sim").clock(clock).wallClock(wall).build();
  }

  AdaptiveLimiter limiter() {
    return limiter;
  }

  ServerSimulation limiter(AdaptiveLimiter.Builder builder) {
    limiter = builder.clock(() -> nowNanos).wallClock(() -> Instant.EPOCH).build();
    return this;
  }

  Request request(Priority priority, @Nullable String user) {
    return new Request(nowNanos, priority, user);
  }

  /** Lets a request come in some time from now. */
  void later(long nanos, Supplier<Request> request) {
    later.add(new Later(nowNanos + nanos, request));
  }

  /** What comes in at each arrival. */
  ServerSimulation arrivals(Supplier<List<Request>> supplier) {
    arrivals = supplier;
    return this;
  }

  /** Sets the arrivals as a multiple of what so many workers of normal speed can do. */
  ServerSimulation load(double times, int ofWorkers) {
    perSecond = times * ofWorkers * SECOND / MEAN_SERVICE;
    nextArrivalNanos = nowNanos + gap();
    return this;
  }

  ServerSimulation workers(int count) {
    workers = count;
    startWork();
    return this;
  }

  ServerSimulation slowdown(double times) {
    slowdown = times;
    return this;
  }

  private long gap() {
    return 1 + (long) (-Math.log(1 - random.nextDouble()) / perSecond * SECOND);
  }

  private long service() {
    double mu = Math.log(MEAN_SERVICE) - SIGMA * SIGMA / 2;
    return (long) (slowdown * Math.exp(mu + SIGMA * random.nextGaussian()));
  }

  /** Runs on for a while and returns this. */
  ServerSimulation run(long nanos) {
    long until = nowNanos + nanos;
    while (true) {
      long nextEnd = ends.isEmpty() ? Long.MAX_VALUE : ends.peek().atNanos();
      long nextLater = later.isEmpty() ? Long.MAX_VALUE : later.peek().atNanos();
      nowNanos = Math.min(Math.min(until, nextLater), Math.min(nextEnd, nextArrivalNanos));
      if (nowNanos == until) {
        return this;
      } else if (nowNanos == nextEnd) {
        end(ends.remove().request());
      } else if (nowNanos == nextLater) {
        arrive(later.remove().request().get());
      } else {
        arrivals.get().forEach(this::arrive);
        nextArrivalNanos = nowNanos + gap();
      }
    }
  }

  private void arrive(Request request) {
    requests.add(request);
    if (limiter.tryAcquire(request.priority, request.user) instanceof Permit permit) {
      request.permit = permit;
      queue.add(request);
      startWork();
    } else {
      request.rejected = true;
    }
  }

  private void startWork() {
    while (busy < workers && !queue.isEmpty()) {
      busy++;
      ends.add(new Event(nowNanos + service(), queue.remove()));
    }
  }

  private void end(Request request) {
    busy--;
    request.latencyNanos = nowNanos - request.sentNanos;
    request.good = request.latencyNanos <= DEADLINE;
    request.permit.close(Outcome.SUCCESS);
    request.permit = null;
    startWork();
  }

  /** Returns the requests sent in a period. */
  List<Request> sent(long fromNanos, long toNanos) {
    return requests.stream()
        .filter(request -> request.sentNanos >= fromNanos && request.sentNanos < toNanos)
        .toList();
  }

  /** Returns the good answers to requests of a period, as a part of what was possible. */
  double goodput(long fromNanos, long toNanos, int ofWorkers) {
    List<Request> sent = sent(fromNanos, toNanos);
    double possible = ofWorkers * (toNanos - fromNanos) / MEAN_SERVICE;
    return sent.stream().filter(request -> request.good).count() / Math.min(possible, sent.size());
  }

  static double rejected(List<Request> requests) {
    return (double) requests.stream().filter(request -> request.rejected).count() / requests.size();
  }

  static double good(List<Request> requests) {
    return (double) requests.stream().filter(request -> request.good).count() / requests.size();
  }

  /** Returns the 99th percentile of the latencies of those that were answered. */
  static long p99(List<Request> requests) {
    long[] sorted =
        requests.stream()
            .mapToLong(request -> request.latencyNanos)
            .filter(nanos -> nanos >= 0)
            .sorted()
            .toArray();
    return sorted[(int) Math.ceil(sorted.length * 0.99) - 1];
  }

  @Override
  public String toString() {
    return limiter + " " + Arrays.toString(new int[] {busy, queue.size()});
  }
}
