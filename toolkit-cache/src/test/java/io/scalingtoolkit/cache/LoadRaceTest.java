// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Loads that take their time, and what happens meanwhile. */
final class LoadRaceTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final TieredCache<String, String> cache =
      TieredCache.<String, String>builder("race").tags((key, value) -> Set.of("tag")).build();
  private final Loading loading = new Loading("old");

  @AfterEach
  void stop() {
    loading.release.countDown();
    threads.shutdownNow();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  /** What makes a load that is under way out of date. */
  enum Invalidation {
    KEY(cache -> cache.invalidate("a")),
    ALL(TieredCache::invalidateAll),
    TAG(cache -> cache.invalidateTag("tag"));

    private final Consumer<TieredCache<String, String>> action;

    Invalidation(Consumer<TieredCache<String, String>> action) {
      this.action = action;
    }
  }

  @ParameterizedTest
  @EnumSource
  void invalidation_whileLoading_isNotUndoneByTheLoad(Invalidation invalidation) throws Exception {
    Future<String> caller = threads.submit(() -> cache.get("a", loading));
    loading.awaitBegin();

    invalidation.action.accept(cache);
    loading.release.countDown();

    assertThat(get(caller)).as("asked before").isEqualTo("old");
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.get("a", key -> "new")).isEqualTo("new");
    assertThat(cache.getIfPresent("a")).isEqualTo("new");
  }

  @ParameterizedTest
  @EnumSource
  void get_afterAnInvalidation_doesNotJoinTheLoadFromBefore(Invalidation invalidation)
      throws Exception {
    Future<String> before = threads.submit(() -> cache.get("a", loading));
    loading.awaitBegin();

    invalidation.action.accept(cache);

    assertThat(get(threads.submit(() -> cache.get("a", key -> "new")))).isEqualTo("new");
    loading.release.countDown();
    assertThat(get(before)).isEqualTo("old");
    assertThat(cache.getIfPresent("a")).isEqualTo("new");
  }

  @ParameterizedTest
  @EnumSource
  void getAll_afterAnInvalidation_doesNotJoinTheLoadFromBefore(Invalidation invalidation)
      throws Exception {
    Future<Map<String, String>> before =
        threads.submit(() -> cache.getAll(List.of("a"), keys -> Map.of("a", loading.load("a"))));
    loading.awaitBegin();

    invalidation.action.accept(cache);

    assertThat(get(cache.getAsync("a", key -> "new"))).isEqualTo("new");
    loading.release.countDown();
    assertThat(get(before)).containsEntry("a", "old");
    assertThat(cache.getIfPresent("a")).isEqualTo("new");
  }

  @Test
  void put_whileLoading_stays() throws Exception {
    Future<String> caller = threads.submit(() -> cache.get("a", loading));
    loading.awaitBegin();

    cache.put("a", "put");
    loading.release.countDown();

    assertThat(get(caller)).isEqualTo("old");
    assertThat(cache.getIfPresent("a")).isEqualTo("put");
    assertThat(cache.stats().refusedFills()).isEqualTo(1);
  }

  @Test
  void close_whileLoading_keepsNothing() throws Exception {
    Future<String> caller = threads.submit(() -> cache.get("a", loading));
    loading.awaitBegin();

    cache.close();
    loading.release.countDown();

    assertThat(get(caller)).isEqualTo("old");
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void get_manyThreads_shareOneLoad() throws Exception {
    List<Future<String>> callers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      callers.add(threads.submit(() -> cache.get("a", loading)));
      callers.add(threads.submit(() -> get(cache.getAsync("a", loading))));
    }
    loading.awaitBegin();
    loading.release.countDown();

    for (Future<String> caller : callers) {
      assertThat(get(caller)).isEqualTo("old");
    }
    assertThat(loading.calls).hasValue(1);
  }

  @Test
  void getAll_keyIsBeingLoaded_waitsForItAfterItsOwnLoad() throws Exception {
    Future<String> other = threads.submit(() -> cache.get("a", loading));
    loading.awaitBegin();
    CountDownLatch own = new CountDownLatch(1);
    AtomicReference<Set<String>> asked = new AtomicReference<>();

    Future<Map<String, String>> all =
        threads.submit(
            () ->
                cache.getAll(
                    List.of("a", "b"),
                    keys -> {
                      asked.set(keys);
                      own.countDown();
                      return Map.of("b", "B");
                    }));
    assertThat(own.await(60, TimeUnit.SECONDS)).isTrue();
    loading.release.countDown();

    assertThat(get(all)).containsExactly(Map.entry("a", "old"), Map.entry("b", "B"));
    assertThat(asked).hasValue(Set.of("b"));
    assertThat(get(other)).isEqualTo("old");
  }

  @Test
  void loader_fails_allWhoWaitAreTold() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    Loader<String, String> failing =
        key -> {
          calls.incrementAndGet();
          release.await();
          throw new IllegalArgumentException("no " + key);
        };
    Future<String> first = threads.submit(() -> cache.get("a", failing));
    while (calls.get() == 0) {
      Thread.onSpinWait();
    }
    CompletableFuture<String> second = cache.getAsync("a", failing);
    release.countDown();

    assertThatThrownBy(() -> get(first)).hasCauseInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> get(second)).hasCauseInstanceOf(IllegalArgumentException.class);
    assertThat(calls).hasValue(1);
  }

  @Test
  void loadingThread_isInterrupted_othersLoadThemselves() throws Exception {
    AtomicReference<Thread> leader = new AtomicReference<>();
    Future<String> first =
        threads.submit(
            () -> {
              leader.set(Thread.currentThread());
              return cache.get("a", loading);
            });
    loading.awaitBegin();
    CompletableFuture<String> second = cache.getAsync("a", key -> "mine");
    leader.get().interrupt();

    assertThatThrownBy(() -> get(first))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(CacheLoadException.class);
    assertThat(get(second)).isEqualTo("mine");
  }

  @Test
  void waitingThread_isInterrupted_leavesAndStaysInterrupted() throws Exception {
    Future<String> first = threads.submit(() -> cache.get("a", loading));
    loading.awaitBegin();
    AtomicReference<Thread> waiter = new AtomicReference<>();
    Future<Boolean> second =
        threads.submit(
            () -> {
              waiter.set(Thread.currentThread());
              Thread.currentThread().interrupt();
              assertThatThrownBy(() -> cache.get("a", loading))
                  .isInstanceOf(CacheLoadException.class)
                  .hasMessage("interrupted while waiting for key a");
              return Thread.interrupted();
            });

    assertThat(get(second)).isTrue();
    loading.release.countDown();
    assertThat(get(first)).isEqualTo("old");
  }

  @Test
  void loader_asksForItsOwnKey_isRefused() {
    assertThatThrownBy(() -> cache.get("a", key -> cache.get("a", same -> "never")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the loader of key a asks for key a, whose load waits for it");
    assertThat(cache.get("a", key -> "fine")).isEqualTo("fine");
  }

  @Test
  void loader_asksForAnotherKey_mayDoSo() {
    assertThat(cache.get("a", key -> key + cache.get("b", other -> other + "!"))).isEqualTo("ab!");
    assertThat(
            cache.getAll(
                List.of("c", "d"), keys -> Map.of("c", "C", "d", "D" + cache.get("e", key -> "E"))))
        .containsEntry("d", "DE");
  }

  @Test
  void loaders_waitForEachOther_areNotStuck() throws Exception {
    CyclicBarrier both = new CyclicBarrier(2);
    Future<String> first = threads.submit(() -> cache.get("a", key -> crossing(both, "b")));
    Future<String> second = threads.submit(() -> cache.get("b", key -> crossing(both, "a")));

    List<Throwable> refused = new ArrayList<>();
    for (Future<String> each : List.of(first, second)) {
      try {
        get(each);
      } catch (ExecutionException e) {
        refused.add(e.getCause());
      }
    }
    assertThat(refused).isNotEmpty().allMatch(IllegalStateException.class::isInstance);
  }

  private String crossing(CyclicBarrier both, String other) throws Exception {
    both.await(60, TimeUnit.SECONDS);
    return cache.get(other, key -> "never");
  }

  @Test
  void loadTimeout_isOver_theLoadGoesOnAndIsKept() throws Exception {
    try (TieredCache<String, String> hasty =
        TieredCache.<String, String>builder("hasty").loadTimeout(Duration.ofMillis(20)).build()) {
      assertThatThrownBy(() -> hasty.get("a", loading))
          .isInstanceOf(CacheLoadException.class)
          .hasMessage("key a was not loaded in time");
      assertThatThrownBy(() -> get(hasty.getAsync("a", loading)))
          .hasCauseInstanceOf(CacheLoadException.class);
      assertThatThrownBy(() -> hasty.getAll(List.of("a"), keys -> Map.of("a", loading.load("a"))))
          .isInstanceOf(CacheLoadException.class);
      loading.release.countDown();
      assertThat(hasty.get("a", key -> "another")).isIn("old", "another");
      assertThat(loading.calls).hasValue(1);
    }
  }

  @Test
  void softLoadTimeout_isOver_handsOutWhatIsStale() throws Exception {
    ManualClock clock = ManualClock.atEpoch();
    try (TieredCache<String, String> patient =
        TieredCache.<String, String>builder("patient")
            .clock(clock.monotonic())
            .staleOnError(Duration.ofHours(1))
            .softLoadTimeout(Duration.ofMillis(20))
            .build()) {
      patient.put("a", "stale");
      clock.advance(Duration.ofMinutes(6));
      assertThat(patient.get("a", loading)).isEqualTo("stale");
      assertThat(get(patient.getAsync("a", loading))).isEqualTo("stale");
      loading.release.countDown();
    }
  }
}
