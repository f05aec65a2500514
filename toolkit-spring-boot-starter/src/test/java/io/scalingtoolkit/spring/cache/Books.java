// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;

/** Annotated methods over a map that stands for a table; thread-safe. */
class Books {
  private final Map<Long, String> rows = new ConcurrentHashMap<>();
  private final AtomicInteger queries = new AtomicInteger();

  /** Stands between the query and what is made of it. */
  private volatile Function<@Nullable String, @Nullable String> afterQuery = Function.identity();

  Map<Long, String> rows() {
    return rows;
  }

  AtomicInteger queries() {
    return queries;
  }

  void afterQuery(Function<@Nullable String, @Nullable String> step) {
    this.afterQuery = step;
  }

  private @Nullable String query(long id) {
    queries.incrementAndGet();
    return afterQuery.apply(rows.get(id));
  }

  @Cacheable("books")
  public @Nullable String find(long id) {
    return query(id);
  }

  @Cacheable(cacheNames = "books", sync = true)
  public @Nullable String findOnce(long id) {
    return query(id);
  }

  @Cacheable(cacheNames = "books", unless = "#result == null")
  public @Nullable String findUnlessNull(long id) {
    return query(id);
  }

  @Cacheable("books")
  public CompletableFuture<@Nullable String> findLater(long id) {
    CompletableFuture<String> found = new CompletableFuture<>();
    return found.completeAsync(() -> query(id));
  }

  @Cacheable(cacheNames = "books", sync = true)
  public CompletableFuture<@Nullable String> findOnceLater(long id) {
    return CompletableFuture.supplyAsync(() -> query(id));
  }

  @Cacheable(cacheNames = "books", sync = true)
  public String failChecked(long id) throws IOException {
    throw new IOException("no " + id);
  }

  @Cacheable(cacheNames = "books", sync = true)
  public String failUnchecked(long id) {
    throw new IllegalStateException("no " + id);
  }

  @Cacheable(cacheNames = "books", key = "#p0")
  public CompletableFuture<@Nullable String> findHeld(
      long id, CompletableFuture<@Nullable String> held) {
    return held;
  }

  @CacheEvict(cacheNames = "others", allEntries = true)
  public void within(Runnable action) {
    action.run();
  }

  @CachePut(cacheNames = "books", key = "#p0")
  public String put(long id, String title) {
    rows.put(id, title);
    return title;
  }

  @CacheEvict("books")
  public void evict(long id) {}

  @CacheEvict(cacheNames = "books", beforeInvocation = true)
  public void evictAndFail(long id) {
    throw new IllegalStateException("after the eviction of " + id);
  }

  @CacheEvict(cacheNames = "books", allEntries = true)
  public void evictAll() {}
}
