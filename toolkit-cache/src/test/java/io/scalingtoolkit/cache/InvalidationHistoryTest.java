// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Threads that write a source and invalidate, and threads that read through the cache: nobody gets
 * a version older than the newest one whose invalidation had returned before the read began.
 */
final class InvalidationHistoryTest {
  private static final int KEYS = 3;
  private static final int WRITERS = 2;
  private static final int READERS = 3;
  private static final int WRITES = 20_000;
  private static final int LEAST_READS = 2_000;

  private final AtomicLongArray source = new AtomicLongArray(KEYS);
  private final AtomicLongArray invalidated = new AtomicLongArray(KEYS);
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong stale = new AtomicLong();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private long load(int key) {
    long version = source.get(key);
    Thread.yield(); // so that a write can come between the reading and the filling
    return version;
  }

  private static String tag(int key) {
    return "tag" + key;
  }

  private void write(TieredCache<Integer, Long> cache, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < WRITES || reads.get() < LEAST_READS; i++) {
      int key = random.nextInt(KEYS);
      long version = source.incrementAndGet(key);
      switch (random.nextInt(4)) {
        case 0 -> cache.invalidateTag(tag(key));
        case 1 -> cache.invalidateAll();
        default -> cache.invalidate(key);
      }
      invalidated.accumulateAndGet(key, version, Math::max);
    }
  }

  private void read(TieredCache<Integer, Long> cache, long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    while (!Thread.currentThread().isInterrupted()) {
      int key = random.nextInt(KEYS);
      long floor = invalidated.get(key);
      Long version =
          switch (random.nextInt(4)) {
            case 0 -> cache.getIfPresent(key);
            case 1 -> cache.getAsync(key, this::load).get(60, TimeUnit.SECONDS);
            case 2 -> cache.getAll(Set.of(key, (key + 1) % KEYS), this::loadAll).get(key);
            default -> cache.get(key, this::load);
          };
      reads.incrementAndGet();
      if (version != null && version < floor) {
        stale.incrementAndGet();
      }
    }
  }

  private Map<Integer, Long> loadAll(Set<Integer> keys) {
    return keys.stream().collect(Collectors.toMap(key -> key, this::load));
  }

  @Test
  void reads_amongInvalidations_areNeverOlderThanWhatHadReturned() throws Exception {
    try (TieredCache<Integer, Long> cache =
        TieredCache.<Integer, Long>builder("history")
            .tags((key, value) -> Set.of(tag(key)))
            .staleWhileRevalidate(Duration.ofMinutes(1))
            .build()) {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        long seed = 100 + i;
        readers.add(
            threads.submit(
                () -> {
                  read(cache, seed);
                  return null;
                }));
      }
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        long seed = i;
        writers.add(threads.submit(() -> write(cache, seed)));
      }
      for (Future<?> writer : writers) {
        writer.get(120, TimeUnit.SECONDS);
      }
      assertThat(readers).as("none ended with an exception").noneMatch(Future::isDone);
      assertThat(stale).hasValue(0);
      assertThat(reads.get()).isGreaterThanOrEqualTo(LEAST_READS);
      assertThat(cache.stats().hits()).as("the cache was of use").isPositive();
      assertThat(cache.stats().refusedFills()).as("loads were overtaken").isPositive();
    }
  }
}
