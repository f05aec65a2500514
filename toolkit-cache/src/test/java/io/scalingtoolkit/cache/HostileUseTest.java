// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Loaders that turn on their own cache, and callers that tamper with what they are given. */
final class HostileUseTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final TieredCache<String, String> cache =
      TieredCache.<String, String>builder("hostile").executor(threads).build();

  @AfterEach
  void stop() {
    cache.close();
    threads.shutdownNow();
  }

  @Test
  void loader_invalidatesItsOwnKey_isNotKept() {
    String value =
        cache.get(
            "a",
            key -> {
              cache.invalidate(key);
              return "read before";
            });

    assertThat(value).isEqualTo("read before");
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.stats().refusedFills()).isEqualTo(1);
  }

  @Test
  void loader_putsItsOwnKey_doesNotReplaceWhatItPut() {
    String value =
        cache.get(
            "a",
            key -> {
              cache.put(key, "put");
              return "read before";
            });

    assertThat(value).isEqualTo("read before");
    assertThat(cache.getIfPresent("a")).isEqualTo("put");
  }

  @Test
  void loader_closesTheCache_isNotKept() {
    String value =
        cache.get(
            "a",
            key -> {
              cache.close();
              return "last";
            });

    assertThat(value).isEqualTo("last");
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void loader_asksForItsOwnKeyAmongOthers_isRefusedAndKeepsTheOthers() {
    assertThatThrownBy(
            () ->
                cache.get(
                    "a", key -> cache.getAll(List.of("b", "a"), keys -> Map.of("b", "B")).get(key)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the loader of key a asks for key a, whose load waits for it");

    assertThat(cache.getIfPresent("b")).isEqualTo("B");
    assertThat(cache.get("a", key -> "fine")).isEqualTo("fine");
  }

  @Test
  void getAsync_oneCallerTampersWithItsFuture_theOthersGetTheValue() throws Exception {
    Loading loading = new Loading("value");
    CompletableFuture<String> cancelled = cache.getAsync("a", loading);
    CompletableFuture<String> completed = cache.getAsync("a", loading);
    CompletableFuture<String> patient = cache.getAsync("a", loading);
    loading.awaitBegin();

    cancelled.cancel(true);
    completed.complete("forged");
    loading.release.countDown();

    assertThat(patient.get(60, TimeUnit.SECONDS)).isEqualTo("value");
    assertThat(cache.getIfPresent("a")).isEqualTo("value");
    assertThat(loading.calls).hasValue(1);
  }
}
