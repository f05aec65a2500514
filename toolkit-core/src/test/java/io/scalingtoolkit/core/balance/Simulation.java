// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Requests that arrive at random, are sent where a balancer says, and end when their time is over,
 * on a clock that jumps from event to event. Everything follows from the seed.
 *
 * <p>Latencies are log-normal around a median, plus whatever the target is slowed down by at the
 * moment the request is sent.
 */
final class Simulation {
  static final long MILLI = 1_000_000;
  static final long SECOND = 1_000 * MILLI;

  /** Median latency of a target without slowdown. */
  static final long MEDIAN = MILLI;

  private static final double SPREAD = 0.3;

  /** What became of one request. */
  record Request(long sentNanos, int target, long latencyNanos) {}

  private record Event(long atNanos, int target, long latencyNanos) {}

  private final Random random;
  private final Balancer balancer;
  private final TargetLoad[] targets;
  private final long[] slowdownNanos;
  private final double perSecond;
  private final long tickNanos;
  private final List<Request> requests = new ArrayList<>();
  private final PriorityQueue<Event> ends =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos));

  private long nowNanos;
  private long nextArrivalNanos;
  private long nextTickNanos;
  long eligible = -1;

  Simulation(long seed, int count, double perSecond, long tickNanos) {
    this.random = new Random(seed);
    this.balancer = Balancer.powerOfTwoChoices(random::nextLong);
    this.targets = new TargetLoad[count];
    Arrays.setAll(targets, i -> TargetLoad.of("t" + i));
    this.slowdownNanos = new long[count];
    this.perSecond = perSecond;
    this.tickNanos = tickNanos;
  }

  TargetLoad target(int index) {
    return targets[index];
  }

  long nowNanos() {
    return nowNanos;
  }

  Simulation slowDown(int index, long nanos) {
    slowdownNanos[index] = nanos;
    return this;
  }

  /** Runs on for a while and returns this. */
  Simulation run(long nanos) {
    long until = nowNanos + nanos;
    while (true) {
      long nextEnd = ends.isEmpty() ? Long.MAX_VALUE : ends.peek().atNanos();
      nowNanos = Math.min(until, Math.min(nextEnd, Math.min(nextArrivalNanos, nextTickNanos)));
      if (nowNanos == until) {
        return this;
      } else if (nowNanos == nextEnd) {
        end(ends.remove());
      } else if (nowNanos == nextTickNanos) {
        for (TargetLoad target : targets) {
          target.tick(nowNanos);
        }
        nextTickNanos += tickNanos;
      } else {
        arrive();
        double wait = -Math.log(1 - random.nextDouble()) / perSecond;
        nextArrivalNanos = nowNanos + 1 + (long) (wait * SECOND);
      }
    }
  }

  private void arrive() {
    int picked = balancer.pick(targets, eligible);
    targets[picked].started();
    long latency =
        (long) (MEDIAN * Math.exp(SPREAD * random.nextGaussian())) + slowdownNanos[picked];
    requests.add(new Request(nowNanos, picked, latency));
    ends.add(new Event(nowNanos + latency, picked, latency));
  }

  private void end(Event event) {
    targets[event.target()].recordLatency(event.latencyNanos());
    targets[event.target()].finished();
  }

  private List<Request> sent(long fromNanos, long toNanos) {
    return requests.stream()
        .filter(request -> request.sentNanos() >= fromNanos && request.sentNanos() < toNanos)
        .toList();
  }

  /** Returns the part of the requests sent in a period that one target got. */
  double share(int index, long fromNanos, long toNanos) {
    List<Request> sent = sent(fromNanos, toNanos);
    return (double) sent.stream().filter(request -> request.target() == index).count()
        / sent.size();
  }

  /** Returns the 99th percentile of the latencies of the requests sent in a period. */
  double p99(long fromNanos, long toNanos) {
    long[] sorted =
        sent(fromNanos, toNanos).stream().mapToLong(Request::latencyNanos).sorted().toArray();
    return sorted[(int) Math.ceil(sorted.length * 0.99) - 1];
  }
}
