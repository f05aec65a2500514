// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;

/** What the annotations do on a cache in memory. */
class AnnotationsTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private AnnotationConfigApplicationContext context;
  private Books books;
  private TieredSpringCache cache;

  @Configuration(proxyBeanMethods = false)
  @EnableCaching
  static class Application {
    @Bean
    Books books() {
      return new Books();
    }
  }

  @BeforeEach
  void start() {
    context = new AnnotationConfigApplicationContext();
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "test", Map.of("toolkit.cache.caches.books.absent-time-to-live", "1m")));
    context.register(Application.class, TieredCacheAutoConfiguration.class);
    context.refresh();
    books = context.getBean(Books.class);
    cache = Objects.requireNonNull(context.getBean(TieredCacheManager.class).getCache("books"));
    books.rows().put(1L, "v1");
  }

  @AfterEach
  void stop() {
    context.close();
    threads.shutdownNow();
  }

  @Test
  void cacheable_asksOnce_alsoForWhatIsNotThere() {
    assertThat(books.find(1)).isEqualTo("v1");
    assertThat(books.find(1)).isEqualTo("v1");
    assertThat(books.queries()).hasValue(1);

    assertThat(books.find(2)).isNull();
    assertThat(books.find(2)).isNull();
    assertThat(books.findOnce(2)).isNull();
    assertThat(books.queries()).hasValue(2);
  }

  @Test
  void cacheable_withUnless_keepsNoNull() {
    assertThat(books.findUnlessNull(2)).isNull();
    assertThat(books.findUnlessNull(2)).isNull();

    assertThat(books.queries()).hasValue(2);
  }

  @Test
  void sync_threadsAtOnce_loadOnce() throws Exception {
    CyclicBarrier start = new CyclicBarrier(8);
    List<Future<String>> found = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      found.add(
          threads.submit(
              () -> {
                start.await(60, TimeUnit.SECONDS);
                return books.findOnce(1);
              }));
    }
    for (Future<String> each : found) {
      assertThat(each.get(60, TimeUnit.SECONDS)).isEqualTo("v1");
    }
    assertThat(books.queries()).hasValue(1);
  }

  @Test
  void evict_whileTheMethodRuns_isNotUndoneByWhatItReturns() {
    books.afterQuery(
        old -> {
          books.rows().put(1L, "v2");
          books.evict(1);
          return old;
        });
    assertThat(books.find(1)).isEqualTo("v1");
    books.afterQuery(title -> title);

    assertThat(books.find(1)).isEqualTo("v2");
    assertThat(books.findOnce(1)).isEqualTo("v2");
    assertThat(books.queries()).hasValue(2);
  }

  @Test
  void evictAll_whileAFutureRuns_isNotUndoneByWhatItBrings() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch evicted = new CountDownLatch(1);
    books.afterQuery(
        old -> {
          asked.countDown();
          try {
            assertThat(evicted.await(60, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return old;
        });
    Future<String> found = books.findLater(1);
    assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
    books.rows().put(1L, "v2");
    books.evictAll();
    evicted.countDown();
    assertThat(found.get(60, TimeUnit.SECONDS)).isEqualTo("v1");
    books.afterQuery(title -> title);

    assertThat(books.findLater(1).get(60, TimeUnit.SECONDS)).isEqualTo("v2");
    assertThat(books.findLater(1).get(60, TimeUnit.SECONDS)).isEqualTo("v2");
    assertThat(books.find(1)).isEqualTo("v2");
    assertThat(books.findOnceLater(1).get(60, TimeUnit.SECONDS)).isEqualTo("v2");
    assertThat(books.queries()).hasValue(2);
  }

  @Test
  void future_completedInTheCallOfAnotherMethod_isStillOfItsOwn() {
    CompletableFuture<String> held = new CompletableFuture<>();
    CompletableFuture<String> found = books.findHeld(1, held);
    books.evict(1);
    books.within(() -> held.complete("old"));

    assertThat(found).isCompletedWithValue("old");
    assertThat(cache.get(1L)).isNull();
  }

  @Test
  void future_thatFailsOrIsCancelled_isNotKept() {
    CompletableFuture<String> held = new CompletableFuture<>();
    CompletableFuture<String> failing = new CompletableFuture<>();
    CompletableFuture<String> found = books.findHeld(2, failing);
    failing.completeExceptionally(new IOException("no connection"));
    books.findHeld(1, held);
    held.cancel(false);

    assertThat(found).isCompletedExceptionally();
    assertThat(cache.get(1L)).isNull();
    assertThat(cache.get(2L)).isNull();
  }

  @Test
  void syncFuture_isKept() throws Exception {
    assertThat(books.findOnceLater(1).get(60, TimeUnit.SECONDS)).isEqualTo("v1");
    assertThat(books.findOnceLater(1).get(60, TimeUnit.SECONDS)).isEqualTo("v1");
    assertThat(books.find(1)).isEqualTo("v1");

    assertThat(books.queries()).hasValue(1);
  }

  @Test
  void put_isFound_alsoAfterACallThatFailedToLoad() {
    books.afterQuery(
        title -> {
          throw new IllegalStateException("no connection");
        });
    assertThatThrownBy(() -> books.find(1)).hasMessage("no connection");
    books.afterQuery(title -> title);
    assertThat(books.find(1)).isEqualTo("v1");

    books.put(1, "v2");

    assertThat(books.find(1)).isEqualTo("v2");
    assertThat(books.queries()).hasValue(2);
  }

  @Test
  void evict_forgetsOneKey_beforeTheMethodToo() {
    books.rows().put(2L, "w");
    books.find(1);
    books.find(2);
    books.evict(1);
    assertThatThrownBy(() -> books.evictAndFail(2)).hasMessageContaining("after the eviction");

    assertThat(cache.nativeCache().size()).isZero();
  }

  @Test
  void failures_ofTheMethod_areWhatTheCallerGets() {
    assertThatThrownBy(() -> books.failChecked(3)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> books.failUnchecked(3))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no 3");
  }

  @Test
  void call_thatIsOver_leavesNothingOpen() {
    OpenMisses misses = context.getBean(OpenMisses.class);
    books.findUnlessNull(2);
    books.findLater(2).join();

    assertThat(misses.close(cache, 2L)).isNull();
  }
}
