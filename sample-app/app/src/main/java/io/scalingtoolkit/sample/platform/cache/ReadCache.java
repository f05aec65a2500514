// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.cache;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.replication.RoutingScope;
import io.scalingtoolkit.spring.cache.TieredSpringCache;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cache.Cache;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.transaction.CannotCreateTransactionException;

/**
 * Reads of single rows, kept where the phase has a cache. Thread-safe.
 *
 * <p>What is to be kept is read from the primary, so that a replica that lags cannot put back what
 * was just forgotten. With the value goes the position that it was read at: whoever is given it has
 * seen the database so far, and reads nothing older from a replica afterwards.
 *
 * <p>Nothing that decides whether a caller may do something, or whether a write applies, is to be
 * read from here: in another process than the one that changes it, it may be as old as the bound of
 * the cache.
 *
 * @param <V> type of the values, immutable
 */
public final class ReadCache<V> {

  private static final Logger LOG = LoggerFactory.getLogger(ReadCache.class);

  private final @Nullable TieredSpringCache cache;
  private final BookmarkCodec bookmarks;

  ReadCache(@Nullable TieredSpringCache cache, BookmarkCodec bookmarks) {
    this.cache = cache;
    this.bookmarks = bookmarks;
  }

  /** A value that is not to be kept, since nobody could say how far the database had got. */
  private static final class Unplaced extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Object value;

    Unplaced(Object value) {
      super("the position of the primary is not known", null, false, false);
      this.value = value;
    }
  }

  /**
   * Reads a row. Many who ask at once for one that is not kept share one query.
   *
   * @param key a string, or a list of strings
   * @param query asks the database, in a transaction of its own; may run twice
   * @return nothing if there is no such row, which is not kept
   */
  public Optional<V> find(Object key, Supplier<Optional<V>> query) {
    if (cache == null) {
      return query.get();
    }
    try {
      Seen<V> found = cache.get(key, () -> load(query));
      if (found == null) {
        return Optional.empty();
      }
      haveSeen(found.bookmark());
      return Optional.of(found.value());
    } catch (Cache.ValueRetrievalException e) {
      return instead(e, query);
    }
  }

  /** Forgets a row, in a transaction when that has committed. */
  public void changed(Object key) {
    if (cache != null) {
      cache.evict(key);
    }
  }

  /** Forgets all rows with a tag, in a transaction when that has committed. */
  public void changedAll(String tag) {
    if (cache != null) {
      cache.invalidateTag(tag);
    }
  }

  /** In a session of its own: what the caller has seen is not what the value shows. */
  @SuppressWarnings("try") // closing them is what they are there for
  private @Nullable Seen<V> load(Supplier<Optional<V>> query) {
    ConsistencyScope own = ConsistencyScope.detached(Bookmark.empty(), MonotonicClock.system());
    Optional<V> value;
    try (RoutingScope primary = RoutingScope.primary();
        ConsistencyScope session = ConsistencyScope.resume(own)) {
      value = query.get();
    }
    return value.isEmpty() ? null : new Seen<>(value.get(), position(own, value.get()));
  }

  private @Nullable String position(ConsistencyScope session, V value) {
    Bookmark seen = session.exportBookmark();
    if (seen.isEmpty()) {
      return null;
    }
    boolean isKnown =
        !seen.isEveryUnresolved()
            && seen.sources().stream()
                .noneMatch(source -> seen.position(source) == Position.unresolved());
    if (!isKnown) {
      throw new Unplaced(value);
    }
    return bookmarks.encode(seen);
  }

  private void haveSeen(@Nullable String bookmark) {
    ConsistencyScope caller = ConsistencyScope.current();
    if (bookmark != null && caller != null) {
      caller.observe(bookmarks.decode(bookmark).bookmark());
    }
  }

  /** Without a primary nothing can be kept, but a replica may have the row for this caller. */
  @SuppressWarnings("unchecked")
  private Optional<V> instead(Cache.ValueRetrievalException failure, Supplier<Optional<V>> query) {
    Throwable cause = failure.getCause();
    if (cause instanceof Unplaced unplaced) {
      return Optional.of((V) unplaced.value);
    }
    if (cause instanceof TransientDataAccessResourceException
        || cause instanceof CannotCreateTransactionException) {
      LOG.debug("cache.unfilled: the primary does not answer", cause);
      return query.get();
    }
    if (cause instanceof RuntimeException asItWas) {
      throw asItWas;
    }
    throw failure;
  }
}
