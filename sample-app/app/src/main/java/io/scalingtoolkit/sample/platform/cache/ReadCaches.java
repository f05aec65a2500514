// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.cache;

import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.spring.cache.TieredCacheManager;
import io.scalingtoolkit.spring.cache.TieredSpringCache;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The caches of the application by name. Thread-safe. */
@Component
public final class ReadCaches {

  /** Not signed, as these bookmarks stay between the processes of one installation. */
  private final BookmarkCodec bookmarks = BookmarkCodec.builder().discoveredTypes().build();

  private final @Nullable TieredCacheManager manager;

  /**
   * Finds the caches; Spring does it in the application.
   *
   * @param manager gives none where no cache is configured
   */
  public ReadCaches(ObjectProvider<TieredCacheManager> manager) {
    this.manager = manager.getIfAvailable();
  }

  /**
   * Returns a cache that keeps nothing.
   *
   * @param <V> type of its values
   * @return each read asks the database
   */
  public <V> ReadCache<V> none() {
    return new ReadCache<>(null, bookmarks);
  }

  /**
   * Returns a cache that the settings name.
   *
   * @param <V> type of its values
   * @param name the one under {@code toolkit.cache.caches}
   * @return one that keeps nothing where no cache is configured
   * @throws IllegalStateException if there are caches, but none of this name
   */
  public <V> ReadCache<V> named(String name) {
    if (manager == null) {
      return none();
    }
    TieredSpringCache cache = manager.getCache(name);
    if (cache == null) {
      throw new IllegalStateException("toolkit.cache.caches must have a cache named " + name);
    }
    return new ReadCache<>(cache, bookmarks);
  }
}
