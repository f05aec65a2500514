// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process of a {@link StalenessCheck}. A main class hands its arguments over to {@link #run}
 * with a way to open the cache.
 *
 * <p>Reader threads read keys at random in bursts. A writer thread raises the version of a key once
 * or a few times in short order, invalidates each time, and then rests: the second invalidation
 * meets the loads that the first one caused. Confined.
 */
public final class CacheNode {
  private static final Logger LOG = LoggerFactory.getLogger(CacheNode.class);
  private static final long BETWEEN_BURSTS_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST_LOAD_NANOS = TimeUnit.MICROSECONDS.toNanos(400);
  private static final int BURST = 64;
  private static final int MOST_WRITES = 4;

  private final NodePlan plan;
  private final SharedCounters counters;
  private final VersionedCache cache;
  private final AtomicLong loads = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final AtomicLong invalidations = new AtomicLong();
  private volatile boolean stopped;

  /** Opens the cache of a process. */
  @FunctionalInterface
  public interface Opener {
    /**
     * Returns a cache that is ready.
     *
     * @param source what its loader reads
     * @param settings those of {@link StalenessCheck.Builder#settings}, for this node
     */
    VersionedCache open(VersionSource source, List<String> settings) throws Exception;
  }

  private CacheNode(NodePlan plan, Opener opener) throws Exception {
    this.plan = plan;
    this.counters = SharedCounters.open(plan.counters(), plan.nodes(), plan.keys());
    this.cache = opener.open(this::load, plan.settings());
  }

  /**
   * Reads and writes until it is told to stop, and returns then.
   *
   * @param arguments of the main class, as {@link StalenessCheck} gives them
   */
  public static void run(String[] arguments, Opener opener) throws Exception {
    PrintStream output = System.out;
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    CacheNode node = new CacheNode(NodePlan.parse(List.of(arguments)), opener);
    try (VersionedCache opened = node.cache) {
      output.println("ready");
      while ("clock".equals(input.readLine())) {
        output.println("clock " + System.nanoTime());
      }
      List<Future<?>> threads = node.start();
      input.readLine(); // the word to stop, or the end of the process that gives it
      node.stop(threads);
      output.printf(
          "done %d %d %d %d%n",
          node.invalidations.get(), node.failures.get(), opened.hits(), node.loads.get());
    }
  }

  private long load(int key) {
    loads.incrementAndGet();
    long version = counters.current(key);
    if (counters.stall(plan.node(), SharedCounters.STALL_ASKED, SharedCounters.STALL_REACHED)) {
      while (counters.stallOf(plan.node()) == SharedCounters.STALL_REACHED) {
        LockSupport.parkNanos(BETWEEN_BURSTS_NANOS);
      }
    } else {
      LockSupport.parkNanos(loads.get() * 7_919 % LONGEST_LOAD_NANOS);
    }
    return version;
  }

  private List<Future<?>> start() {
    ExecutorService executor =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "checked");
              thread.setDaemon(true);
              return thread;
            });
    List<Future<?>> threads = new ArrayList<>();
    for (int i = 0; i < plan.readers(); i++) {
      threads.add(executor.submit(readers(i)));
    }
    if (plan.writes()) {
      threads.add(executor.submit(writer()));
    }
    executor.shutdown();
    return threads;
  }

  private void stop(List<Future<?>> threads) throws InterruptedException, ExecutionException {
    stopped = true;
    for (Future<?> thread : threads) {
      thread.get();
    }
  }

  private Path file(String thread) {
    return plan.logs().resolve(plan.node() + "-" + thread);
  }

  private Callable<?> readers(int number) {
    return () -> {
      SplittableRandom random = new SplittableRandom(plan.seed() + 31L * number);
      try (OperationFile file = new OperationFile(file("reader" + number))) {
        while (!stopped) {
          for (int i = 0; i < BURST; i++) {
            read(file, random.nextInt(plan.keys()));
          }
          counters.addReads(plan.node(), BURST);
          LockSupport.parkNanos(BETWEEN_BURSTS_NANOS);
        }
      }
      return null;
    };
  }

  private void read(OperationFile file, int key) throws IOException {
    long invoked = System.nanoTime();
    try {
      long version = cache.get(key);
      file.add(OperationFile.READ, key, version, invoked, System.nanoTime());
    } catch (Exception e) {
      failed(e);
      file.add(OperationFile.FAILURE, key, 0, invoked, System.nanoTime());
    }
  }

  private void failed(Exception problem) {
    if (failures.getAndIncrement() == 0) {
      LOG.warn("The cache failed for the first time", problem);
    }
  }

  private Callable<?> writer() {
    return () -> {
      SplittableRandom random = new SplittableRandom(~plan.seed());
      try (OperationFile file = new OperationFile(file("writer"))) {
        while (!stopped) {
          int key = random.nextInt(plan.keys());
          for (int left = 1 + random.nextInt(MOST_WRITES); left > 0; left--) {
            write(file, key);
            LockSupport.parkNanos(random.nextLong(2 * BETWEEN_BURSTS_NANOS));
          }
          LockSupport.parkNanos(random.nextLong(2 * plan.writePauseNanos()));
        }
      }
      return null;
    };
  }

  private void write(OperationFile file, int key) throws IOException {
    long version = counters.raise(key);
    long invoked = System.nanoTime();
    try {
      cache.invalidate(key);
      invalidations.incrementAndGet();
      file.add(OperationFile.INVALIDATION, key, version, invoked, System.nanoTime());
    } catch (Exception e) {
      failed(e);
      file.add(OperationFile.FAILURE, key, version, invoked, System.nanoTime());
    }
  }
}
