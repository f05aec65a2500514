// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Whom a cache tells of invalidations, and when. */
final class AfterInvalidationTest {
  private final List<Invalidation<String>> told = new CopyOnWriteArrayList<>();

  @Test
  void listener_ofACacheInMemory_isToldOfEachKindAfterItIsDone() {
    List<String> present = new ArrayList<>();
    List<TieredCache<String, String>> caches = new ArrayList<>();
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("names")
            .tags((key, value) -> List.of("t"))
            .afterInvalidation(
                what -> {
                  told.add(what);
                  present.add(String.valueOf(caches.get(0).getIfPresent("a")));
                })
            .build();
    caches.add(cache);
    cache.get("a", key -> "1");
    cache.put("a", "2");
    cache.invalidate("a");
    cache.get("a", key -> "3");
    cache.invalidateTag("t");
    cache.get("a", key -> "4");
    cache.invalidateAll();
    cache.invalidateAll(List.of("a", "b"));

    assertThat(told)
        .containsExactly(
            new Invalidation.Key<>("a"),
            new Invalidation.Key<>("a"),
            new Invalidation.Tag<>("t"),
            new Invalidation.All<>(),
            new Invalidation.Key<>("a"),
            new Invalidation.Key<>("b"));
    assertThat(present).containsExactly("2", "null", "null", "null", "null", "null");
  }

  @Test
  void listener_thatThrows_doesNotBreakTheInvalidation() {
    TieredCache<String, String> cache =
        TieredCache.<String, String>builder("names")
            .afterInvalidation(
                what -> {
                  throw new IllegalStateException("test");
                })
            .build();
    cache.get("a", key -> "1");
    cache.invalidate("a");

    assertThat(cache.getIfPresent("a")).isNull();
  }

  private static Invalidation<String> key(String key) {
    return new Invalidation.Key<>(key);
  }

  private static final CompletionStage<?> FAILED =
      CompletableFuture.failedFuture(new IllegalStateException("test"));

  @Test
  void invalidation_thatTheTierHasNotTaken_isToldWhenItHas() {
    Announcer<String> announcer = new Announcer<>(told::add, Runnable::run);
    CompletableFuture<Void> slow = new CompletableFuture<>();
    announcer.tellAfter(slow, key("slow"), () -> FAILED, () -> FAILED);
    AtomicInteger asked = new AtomicInteger();
    Supplier<CompletionStage<?>> third =
        () -> asked.incrementAndGet() < 3 ? FAILED : CompletableFuture.completedFuture(null);
    announcer.tellAfter(FAILED, key("down"), third, () -> FAILED);
    announcer.tellAfter(FAILED, key("next"), () -> CompletableFuture.completedFuture(null), third);
    assertThat(told).isEmpty();
    await().until(() -> told.size() == 2);

    assertThat(told).containsExactly(key("down"), key("next"));
    assertThat(asked).hasValue(3);
    slow.complete(null);
    assertThat(told).containsExactly(key("down"), key("next"), key("slow"));
  }

  @Test
  void invalidations_tooManyToNote_areToldAsAll() {
    Announcer<String> announcer = new Announcer<>(told::add, Runnable::run);
    AtomicInteger up = new AtomicInteger();
    Supplier<CompletionStage<?>> tier =
        () -> up.get() == 0 ? FAILED : CompletableFuture.completedFuture(null);
    for (int i = 0; i <= 10_000; i++) {
      announcer.tellAfter(FAILED, key("k" + i), tier, tier);
    }
    up.set(1);
    await().until(() -> !told.isEmpty());

    assertThat(told).containsExactly(new Invalidation.All<>());
  }

  @Test
  void close_tellsWhatTheTierNeverTook_onAnExecutorThatRefusesToo() {
    Announcer<String> announcer =
        new Announcer<>(
            told::add,
            task -> {
              throw new RejectedExecutionException("test");
            });
    announcer.tellAfter(FAILED, key("a"), () -> FAILED, () -> FAILED);
    announcer.close();

    assertThat(told).containsExactly(key("a"));
  }
}
