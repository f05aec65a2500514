// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three caches on one Redis, as three processes have them, that are written and read through, by
 * key and by tag, one by one and several at once: no read is older than the newest version whose
 * invalidation had returned a bound before the read began, and none older than what the same cache
 * had invalidated before.
 */
final class SharedHistory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SharedHistory.class);
  private static final int NODES = 3;
  static final int KEYS = 4;
  private static final int TAGS = 2;
  private static final List<Long> ALL = LongStream.range(0, KEYS).boxed().toList();
  private static final Duration BOUND = Duration.ofMillis(900);

  private final List<RedisTier> tiers = new ArrayList<>();
  private final List<TieredCache<Long, String>> caches = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final List<Future<?>> all = new ArrayList<>();

  private final AtomicLongArray source = new AtomicLongArray(KEYS);
  // By key: when the invalidation of which version had returned.
  private final List<ConcurrentSkipListMap<Long, Long>> returned = new ArrayList<>();
  // By node and key: the newest version that it has invalidated itself.
  private final AtomicLongArray own = new AtomicLongArray(NODES * KEYS);
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong tooOld = new AtomicLong();
  private final AtomicLong oldHere = new AtomicLong();
  private final AtomicLong oldest = new AtomicLong();

  /** Makes the caches. */
  SharedHistory(Supplier<RedisTier.Builder> builders) {
    for (int i = 0; i < KEYS; i++) {
      returned.add(new ConcurrentSkipListMap<>());
    }
    for (int i = 0; i < NODES; i++) {
      RedisTier tier =
          builders
              .get()
              .bound(BOUND)
              .timeout(Duration.ofMillis(200))
              .lease(Duration.ofMillis(500))
              .build();
      await().atMost(Duration.ofMinutes(1)).until(tier::isConnected);
      tiers.add(tier);
      caches.add(
          TieredCache.<Long, String>builder("history")
              .shared(tier, KeyCodec.longs(), ValueCodec.utf8())
              .tags((key, value) -> List.of(tag(key), "all"))
              .build());
    }
  }

  @Override
  public void close() {
    stop.set(true);
    threads.shutdownNow();
    caches.forEach(TieredCache::close);
    tiers.forEach(RedisTier::close);
  }

  private static String tag(long key) {
    return "tag" + key % TAGS;
  }

  private Map<Long, String> loadAll(Set<Long> keys) {
    return keys.stream().collect(Collectors.toMap(key -> key, this::load));
  }

  private String load(long key) {
    long version = source.get((int) key);
    LockSupport.parkNanos(200_000); // so that a write can come between the reading and the filling
    return Long.toString(version);
  }

  private void write(int node, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    while (!stop.get()) {
      int key = random.nextInt(KEYS);
      boolean byTag = random.nextInt(3) == 0;
      Map<Integer, Long> versions = new HashMap<>();
      for (int each = key % TAGS; each < KEYS; each += TAGS) {
        if (byTag || each == key) {
          versions.put(each, source.incrementAndGet(each));
        }
      }
      if (byTag) {
        caches.get(node).invalidateTag(tag(key));
      } else {
        caches.get(node).invalidate((long) key);
      }
      long now = System.nanoTime();
      versions.forEach(
          (each, version) -> {
            own.accumulateAndGet(node * KEYS + each, version, Math::max);
            returned.get(each).put(now, version);
          });
      LockSupport.parkNanos(random.nextLong(40_000_000));
    }
  }

  private void read(int node, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    while (!stop.get()) {
      int key = random.nextInt(KEYS);
      long mine = own.get(node * KEYS + key);
      long before = System.nanoTime();
      String value =
          random.nextInt(4) == 0
              ? caches.get(node).getAll(ALL, this::loadAll).get((long) key)
              : caches.get(node).get((long) key, this::load);
      long version = Long.parseLong(value);
      reads.incrementAndGet();
      if (version < mine) {
        oldHere.incrementAndGet();
      }
      judge(key, before, version);
      LockSupport.parkNanos(random.nextLong(300_000));
    }
  }

  private void judge(int key, long before, long version) {
    // Versions of a key need not return in order: the newest of those that had.
    long age = 0;
    for (var each : returned.get(key).headMap(before).descendingMap().entrySet()) {
      if (each.getValue() > version) {
        age = Math.max(age, before - each.getKey());
      }
      if (before - each.getKey() > 10 * BOUND.toNanos()) {
        break;
      }
    }
    oldest.accumulateAndGet(age, Math::max);
    if (age > BOUND.toNanos()) {
      tooOld.incrementAndGet();
    }
  }

  void begin() {
    for (int node = 0; node < NODES; node++) {
      int here = node;
      if (here > 0) { // what the first one keeps is changed by others only
        all.add(threads.submit(() -> write(here, here)));
      }
      all.add(threads.submit(() -> read(here, 100 + here)));
      all.add(threads.submit(() -> read(here, 200 + here)));
    }
  }

  /** Ends it when all are well again, and judges. */
  void assertNothingTooOld(Object trouble) throws Exception {
    tiers.forEach(tier -> await().atMost(Duration.ofMinutes(1)).until(tier::isConnected));
    pass(Duration.ofMillis(500));
    stop.set(true);
    for (Future<?> each : all) {
      each.get(60, TimeUnit.SECONDS);
    }

    long hits = caches.stream().mapToLong(cache -> cache.stats().hits()).sum();
    LOG.warn(
        "{}: {} reads, {} from memory, oldest {} ms, {} beyond the bound, {} older than own",
        trouble,
        reads,
        hits,
        TimeUnit.NANOSECONDS.toMillis(oldest.get()),
        tooOld,
        oldHere);
    assertThat(tooOld).hasValue(0);
    assertThat(oldHere).hasValue(0);
    assertThat(reads.get()).isGreaterThan(500);
    assertThat(hits).isPositive();
  }

  static void pass(Duration time) {
    await().atMost(Duration.ofMinutes(5)).pollDelay(time).until(() -> true);
  }
}
