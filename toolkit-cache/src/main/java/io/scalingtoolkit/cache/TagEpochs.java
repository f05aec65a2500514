// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which tags were invalidated when, by counting; thread-safe.
 *
 * <p>An entry is compared with the count at the beginning of its load, so no clock is needed and an
 * entry that was loading while its tag was invalidated counts as invalidated.
 */
final class TagEpochs {
  private static final int MOST_TAGS = 100_000;

  // An entry's time is exact and that of the tags is coarse.
  private static final Duration SLACK = Duration.ofMillis(10);

  private final CoarseTicker ticker;
  private final AtomicLong count = new AtomicLong();
  // A tag can be forgotten when no entry can be as old as its invalidation.
  private final Cache<String, Long> last;
  private final int mostTags;
  private final AtomicLong floor = new AtomicLong();

  TagEpochs(long longestNanos, CoarseTicker ticker) {
    this(longestNanos, ticker, MOST_TAGS);
  }

  TagEpochs(long longestNanos, CoarseTicker ticker, int mostTags) {
    this.ticker = ticker;
    this.last =
        Caffeine.newBuilder()
            .expireAfterWrite(Duration.ofNanos(longestNanos).plus(SLACK))
            .ticker(ticker)
            .executor(Runnable::run)
            .build();
    this.mostTags = mostTags;
  }

  /** Returns the number of invalidations so far, to be read before a load. */
  long now() {
    return count.get();
  }

  void invalidate(String tag) {
    ticker.exact();
    long epoch = count.incrementAndGet();
    last.asMap().merge(tag, epoch, Math::max);
    if (last.estimatedSize() > mostTags) {
      last.cleanUp();
      if (last.estimatedSize() > mostTags) {
        // Too many to remember: whatever has tags and was loaded before counts as invalidated.
        long from = floor.accumulateAndGet(count.get(), Math::max);
        last.asMap().values().removeIf(each -> each <= from);
      }
    }
  }

  boolean isCurrent(TagMark mark) {
    for (String tag : mark.tags()) {
      Long epoch = last.getIfPresent(tag);
      if (epoch != null && epoch > mark.epoch()) {
        return false;
      }
    }
    // Last, since it is set before the tags are forgotten.
    return mark.epoch() >= floor.get();
  }
}
