// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Executors, loaders, weighers and clocks that do what they should not, or at a bad moment. */
final class FaultyPartsTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ExecutorService one = Executors.newSingleThreadExecutor();
  private final ManualClock clock = ManualClock.atEpoch();

  @AfterEach
  void stop() {
    threads.shutdownNow();
    one.shutdownNow();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  @Test
  void invalidateAll_whileAFillIsBeingWeighed_isNotUndone() throws Exception {
    CountDownLatch weighing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .maximumWeight(
                100,
                (key, value) -> {
                  weighing.countDown();
                  await(go);
                  return 1;
                })
            .build();
    Future<String> load = threads.submit(() -> cache.get("a", key -> "old"));
    assertThat(weighing.await(60, TimeUnit.SECONDS)).isTrue();
    Future<?> invalidation = threads.submit(() -> cache.invalidateAll());
    try {
      invalidation.get(500, TimeUnit.MILLISECONDS); // may rightly wait for the fill
    } catch (TimeoutException e) {
      assertThat(invalidation).isNotDone();
    }
    go.countDown();
    get(load);
    get(invalidation);

    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void invalidateTag_amongMoreTagsThanAreRemembered_isNotForgotten() throws Exception {
    TagEpochs epochs = new TagEpochs(1_000_000_000_000L, new CoarseTicker(clock.monotonic()), 4);
    AtomicInteger lost = new AtomicInteger();
    List<Future<?>> all = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int thread = t;
      all.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 50_000; i++) {
                  String tag = thread + "-" + i;
                  TagMark mark = new TagMark(List.of(tag), epochs.now());
                  epochs.invalidate(tag);
                  if (epochs.isCurrent(mark)) {
                    lost.incrementAndGet();
                  }
                }
              }));
    }
    for (Future<?> each : all) {
      each.get(60, TimeUnit.SECONDS);
    }
    assertThat(lost).hasValue(0);
  }

  @Test
  void executor_failsOtherThanByRefusing_keyIsNotStuck() throws Exception {
    AtomicBoolean broken = new AtomicBoolean(true);
    Executor executor =
        task -> {
          if (broken.getAndSet(false)) {
            throw new OutOfMemoryError("unable to create native thread");
          }
          threads.execute(task);
        };
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a").executor(executor).build();
    try {
      cache.getAsync("a", key -> "never");
    } catch (OutOfMemoryError e) {
      assertThat(e).hasMessageContaining("native");
    }

    assertThat(get(threads.submit(() -> cache.get("a", key -> "fine")))).isEqualTo("fine");
  }

  @Test
  void getAllAsync_aheadOfTheLoadItWaitsFor_doesNotBlockItsThread() throws Exception {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a").executor(one).build();
    CountDownLatch go = new CountDownLatch(1);
    one.execute(() -> await(go));
    CompletableFuture<Map<String, String>> all =
        cache.getAllAsync(List.of("a"), keys -> Map.of("a", "bulk"));
    CompletableFuture<String> single = cache.getAsync("a", key -> "single");
    go.countDown();

    assertThat(get(single)).isNotNull();
    assertThat(get(all)).containsKey("a");
  }

  @Test
  void loader_usesTheCacheOnABusyExecutor_isNotStuck() throws Exception {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .executor(one)
            .softLoadTimeout(Duration.ofMillis(50))
            .build();
    Future<String> load = threads.submit(() -> cache.get("a", key -> cache.get("b", other -> "B")));
    assertThat(get(load)).isEqualTo("B");
  }

  @Test
  void loadOnTheExecutor_isInterruptedThere_callerIsNotInterrupted() throws Exception {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .executor(one)
            .loadTimeout(Duration.ofSeconds(30))
            .build();
    Loading loading = new Loading("x");
    Future<Boolean> caller =
        threads.submit(
            () -> {
              assertThatThrownBy(() -> cache.get("a", loading))
                  .isInstanceOf(CacheLoadException.class);
              return Thread.interrupted();
            });
    loading.awaitBegin();
    one.shutdownNow();

    assertThat(get(caller)).as("interrupted").isFalse();
  }

  @Test
  void loadOnTheExecutor_isInterruptedThere_staleValueStandsIn() throws Exception {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .clock(clock.monotonic())
            .executor(one)
            .staleOnError(Duration.ofHours(1))
            .loadTimeout(Duration.ofSeconds(30))
            .build();
    cache.put("a", "stale");
    clock.advance(Duration.ofMinutes(6));
    Loading loading = new Loading("x");
    Future<String> caller = threads.submit(() -> cache.get("a", loading));
    loading.awaitBegin();
    one.shutdownNow();

    assertThat(get(caller)).isEqualTo("stale");
  }

  @Test
  void softLoadTimeout_staleValueIsInvalidatedMeanwhile_waitsForTheLoad() throws Exception {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .clock(clock.monotonic())
            .executor(threads)
            .staleOnError(Duration.ofHours(1))
            .softLoadTimeout(Duration.ofSeconds(1))
            .build();
    cache.put("a", "stale");
    clock.advance(Duration.ofMinutes(6));
    Loading loading = new Loading("new");
    Future<String> caller =
        threads.submit(
            () ->
                cache.get(
                    "a",
                    key -> {
                      cache.invalidate(key);
                      return loading.load(key);
                    }));
    loading.awaitBegin();
    try {
      caller.get(2, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      assertThat(caller).isNotDone();
    }
    loading.release.countDown();
    assertThat(get(caller)).isEqualTo("new");
  }

  /** Runs something in the middle of the first call of a thread after it is armed. */
  private final class Hook implements MonotonicClock {
    private int countdown;
    private Runnable action = () -> {};

    void arm(int calls, Runnable action) {
      this.countdown = calls;
      this.action = action;
    }

    @Override
    public long nanoTime() {
      if (countdown > 0 && --countdown == 0) {
        action.run();
      }
      return clock.monotonic().nanoTime();
    }
  }

  @Test
  void get_afterAFailure_staleValueInvalidatedMeanwhile_loads() {
    List<Integer> wrong = new ArrayList<>();
    for (int at = 1; at <= 8; at++) {
      Hook hook = new Hook();
      TieredCache<String, String> cache =
          TieredCache.<String, String>builder("a")
              .clock(hook)
              .staleOnError(Duration.ofHours(1))
              .retryAfterFailure(Duration.ofMinutes(1))
              .build();
      cache.put("a", "stale");
      clock.advance(Duration.ofMinutes(6));
      assertThat(cache.get("a", FaultyPartsTest::fail)).isEqualTo("stale");
      hook.arm(at, () -> cache.invalidate("a"));
      try {
        assertThat(cache.get("a", key -> "new")).isIn("stale", "new");
      } catch (CacheLoadException e) {
        assertThat(e).hasMessageContaining("not loaded in time");
        wrong.add(at);
      }
    }
    assertThat(wrong).as("no load was made, none took too long").isEmpty();
  }

  @Test
  void getAll_failsHalfway_leavesNoKeyStuck() throws Exception {
    List<Integer> stuck = new ArrayList<>();
    for (int at = 1; at <= 12; at++) {
      Hook hook = new Hook();
      TieredCache<String, String> cache =
          TieredCache.<String, String>builder("a")
              .clock(hook)
              .staleOnError(Duration.ofHours(1))
              .retryAfterFailure(Duration.ofMinutes(1))
              .build();
      cache.put("b", "stale");
      clock.advance(Duration.ofMinutes(6));
      assertThat(cache.get("b", FaultyPartsTest::fail)).isEqualTo("stale");
      hook.arm(at, () -> cache.invalidate("b"));
      try {
        cache.getAll(List.of("a", "b"), keys -> Map.of("a", "A", "b", "B"));
      } catch (CacheLoadException e) {
        assertThat(e).hasMessageContaining("key b");
      }
      Future<String> next = threads.submit(() -> cache.get("a", key -> "fine"));
      try {
        next.get(20, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        stuck.add(at);
      }
    }
    assertThat(stuck).isEmpty();
  }

  @Test
  void retryAfterFailure_aLoadSucceededSince_isOver() {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .clock(clock.monotonic())
            .jitter(0)
            .timeToLive(Duration.ofMinutes(1))
            .staleOnError(Duration.ofHours(1))
            .retryAfterFailure(Duration.ofMinutes(30))
            .build();
    cache.put("a", "1");
    clock.advance(Duration.ofMinutes(2));
    assertThat(cache.get("a", FaultyPartsTest::fail)).isEqualTo("1");
    cache.invalidate("a");
    assertThat(cache.get("a", key -> "2")).isEqualTo("2");
    clock.advance(Duration.ofMinutes(2));

    assertThat(cache.get("a", key -> "3")).isEqualTo("3");
  }

  @Test
  void meters_ofASecondCacheOfTheName_count() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    TieredCache<String, String> first =
        TieredCache.<String, String>builder("a").meterRegistry(registry).build();
    first.close();
    TieredCache<String, String> second =
        TieredCache.<String, String>builder("a").meterRegistry(registry).build();
    second.get("a", key -> "A");

    assertThat(
            registry.get("toolkit.cache.requests").tag("outcome", "miss").functionCounter().count())
        .isEqualTo(1);
  }

  @Test
  void getAllAsync_executorRefuses_isAFailedFuture() {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .executor(
                task -> {
                  throw new RejectedExecutionException("full");
                })
            .build();
    assertThat(cache.getAsync("a", key -> "A")).isCompletedExceptionally();
    assertThat(cache.getAllAsync(List.of("a"), keys -> Map.of())).isCompletedExceptionally();
  }

  @Test
  void continuation_ofSomebodyElse_isNotTakenForTheLoader() throws Exception {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a").executor(threads).build();
    Loading b = new Loading("B");
    AtomicReference<CompletableFuture<String>> foreign = new AtomicReference<>();
    Future<String> loader =
        threads.submit(
            () ->
                cache.get(
                    "a",
                    key ->
                        cache.get(
                            "b",
                            other -> {
                              foreign.set(
                                  CompletableFuture.supplyAsync(
                                          () -> cache.getAsync("b", b), threads)
                                      .get()
                                      .thenApply(value -> cache.get("a", same -> "mine")));
                              return "B";
                            })));
    assertThat(get(loader)).isEqualTo("B");
    assertThat(get(foreign.get())).isIn("B", "mine");
  }

  @Test
  void close_whileAFillIsBeingWeighed_keepsNothing() throws Exception {
    CountDownLatch weighing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .maximumWeight(
                100,
                (key, value) -> {
                  weighing.countDown();
                  await(go);
                  return 1;
                })
            .build();
    Future<String> load = threads.submit(() -> cache.get("a", key -> "old"));
    assertThat(weighing.await(60, TimeUnit.SECONDS)).isTrue();
    Future<?> closing = threads.submit(cache::close);
    try {
      closing.get(500, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      assertThat(closing).isNotDone();
    }
    go.countDown();
    get(load);
    get(closing);

    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void bulkLoader_answersWithAMapThatThrowsLater_keyIsNotStuck() throws Exception {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a").clock(clock.monotonic()).build();
    Map<String, String> odd =
        new HashMap<>() {
          private int calls;

          @Override
          public String get(Object key) {
            if (++calls > 1) {
              throw new IllegalStateException("cursor is closed");
            }
            return "A";
          }
        };
    try {
      cache.getAll(List.of("a"), keys -> odd);
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("cursor is closed");
    }
    clock.advance(Duration.ofMinutes(6));
    Future<String> next = threads.submit(() -> cache.get("a", key -> "fine"));
    assertThat(get(next)).isEqualTo("fine");
  }

  @Test
  void refresh_executorFails_readerGetsTheStaleValue() {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .clock(clock.monotonic())
            .staleWhileRevalidate(Duration.ofMinutes(1))
            .executor(
                task -> {
                  throw new IllegalStateException("shut down");
                })
            .build();
    cache.put("a", "old");
    clock.advance(Duration.ofMinutes(5).plusSeconds(1));
    assertThat(cache.get("a", key -> "new")).isEqualTo("old");
  }

  @Test
  void weigherOrTaggerThrows_keyIsNotStuckAndOldValueIsNotResurrected() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .maximumWeight(100, (key, value) -> broken.get() ? -1 : 1)
            .build();
    cache.put("a", "old");
    broken.set(true);
    assertThatThrownBy(() -> cache.put("a", "new")).isInstanceOf(IllegalArgumentException.class);
    assertThat(cache.getIfPresent("a")).as("it was overwritten at the source").isNotEqualTo("old");
  }

  @Test
  void afterAFailure_somebodyPutAFreshValue_thatIsHandedOut() {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .clock(clock.monotonic())
            .staleOnError(Duration.ofHours(1))
            .build();
    cache.put("a", "stale");
    clock.advance(Duration.ofMinutes(6));
    assertThat(
            cache.get(
                "a",
                key -> {
                  cache.put("a", "fresh"); // as another thread would
                  throw new IllegalStateException("down");
                }))
        .isEqualTo("fresh");
  }

  @Test
  void entriesGauge_ofAnIdleCache_goesDown() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("a")
            .clock(clock.monotonic())
            .meterRegistry(registry)
            .build();
    cache.put("a", "A");
    clock.advance(Duration.ofDays(1));
    assertThat(cache.getIfPresent("b")).isNull();
    assertThat(registry.get("toolkit.cache.entries").gauge().value()).isZero();
  }

  private static String fail(String key) {
    throw new IllegalArgumentException("no " + key);
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(120, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody let it go");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
