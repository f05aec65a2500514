// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Prints what a pick costs a thread in CPU time. Run by hand, after {@code mvn test-compile}:
 *
 * <pre>{@code
 * java -cp toolkit-core/target/classes:toolkit-core/target/test-classes \
 *     io.scalingtoolkit.core.balance.PickTimings 8
 * }</pre>
 *
 * <p>CPU time of the threads and not elapsed time, so that it is the cost of one pick also where
 * there are more threads than processors. No JMH: forks and profilers are not needed for a bound.
 */
final class PickTimings {
  private static final int PICKS_PER_THREAD = 1_000_000;
  private static final int ROUNDS = 5;

  private PickTimings() {}

  public static void main(String[] args) throws InterruptedException, ExecutionException {
    int threads = Integer.parseInt(args[0]);
    for (int count : new int[] {2, 3, 8, 64}) {
      TargetLoad[] targets = new TargetLoad[count];
      Arrays.setAll(targets, i -> TargetLoad.of("t" + i));
      for (TargetLoad target : targets) {
        target.recordLatency(1_000_000);
      }
      measure("power of two", Balancer.powerOfTwoChoices(), targets, threads);
      measure("round robin", Balancer.roundRobin(), targets, threads);
      measure("random", Balancer.random(), targets, threads);
      measure("least in flight", Balancer.leastInFlight(), targets, threads);
      measure("weighted", Balancer.weighted(), targets, threads);
    }
  }

  private static void measure(String name, Balancer balancer, TargetLoad[] targets, int threads)
      throws InterruptedException, ExecutionException {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    double pickOnly = 0;
    double counted = 0;
    for (int round = 0; round < ROUNDS; round++) { // the last round counts, the others warm up
      pickOnly = nanosPerPick(executor, threads, () -> picks(balancer, targets, false));
      counted = nanosPerPick(executor, threads, () -> picks(balancer, targets, true));
    }
    executor.shutdown();
    System.out.printf(
        Locale.ROOT,
        "%-16s %2d targets %d threads: pick %.1f ns, with started and finished %.1f ns%n",
        name,
        targets.length,
        threads,
        pickOnly,
        counted);
  }

  private static double nanosPerPick(ExecutorService executor, int threads, Runnable picks)
      throws InterruptedException, ExecutionException {
    List<Future<Long>> results = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      results.add(executor.submit(() -> cpuNanosOf(picks)));
    }
    long sum = 0;
    for (Future<Long> result : results) {
      sum += result.get();
    }
    return (double) sum / threads / PICKS_PER_THREAD;
  }

  private static long cpuNanosOf(Runnable picks) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    picks.run();
    return threads.getCurrentThreadCpuTime() - before;
  }

  private static void picks(Balancer balancer, TargetLoad[] targets, boolean counted) {
    int sum = 0;
    for (int i = PICKS_PER_THREAD; i > 0; i--) {
      int picked = balancer.pick(targets, -1);
      sum += picked;
      if (counted) {
        targets[picked].started();
        targets[picked].finished();
      }
    }
    if (sum < 0) {
      throw new IllegalStateException("picked nothing");
    }
  }
}
