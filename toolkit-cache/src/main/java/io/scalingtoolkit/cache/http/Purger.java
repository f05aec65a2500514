// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Tells a cache between the application and its users that something has changed.
 *
 * <p>{@link EdgePurger} and {@link HttpPurger} send one purge as it is; put a {@link
 * BatchingPurger} before them. Implement it for caches that speak something else. Implementations
 * are thread-safe and do not block.
 */
public interface Purger extends AutoCloseable {
  /**
   * Has the cache forget something.
   *
   * @return completes when the cache has confirmed it, or fails with a {@link PurgeException}; then
   *     part of it may be done
   */
  CompletionStage<Void> purge(Purge purge);

  /** Ends it; what a purger holds back is sent first, as far as it says. */
  @Override
  default void close() {}

  /**
   * Returns a purger for several caches. Give each its own {@link BatchingPurger}, so that one that
   * is down does not keep the others from hearing.
   *
   * @param purgers closed with it; purges complete when all have completed, and fail if one failed
   */
  static Purger all(Collection<? extends Purger> purgers) {
    List<Purger> all = List.copyOf(purgers);
    return new Purger() {
      @Override
      public CompletionStage<Void> purge(Purge purge) {
        return CompletableFuture.allOf(
            all.stream()
                .map(each -> each.purge(purge).toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new));
      }

      @Override
      public void close() {
        all.parallelStream().forEach(Purger::close);
      }
    };
  }
}
