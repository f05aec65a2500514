// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import com.github.benmanes.caffeine.cache.Cache;
import io.scalingtoolkit.cache.internal.Forgetting;
import io.scalingtoolkit.cache.internal.Positions;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.ToIntFunction;

/** Keys whose invalidation Redis has not confirmed, or may have lost; thread-safe. */
final class RedisJournal {
  private static final int MOST = 10_000;

  private final ToIntFunction<String> slotOf;
  private final Teller teller;
  private final ConcurrentMap<String, Change> open = new ConcurrentHashMap<>();

  /** What a node could have confirmed and then lost. */
  private final Cache<String, Change> recent;

  /**
   * An invalidation; immutable.
   *
   * @param token tells it from others
   */
  record Change(long token, Forgetting how) {
    static Change of(Forgetting how) {
      return new Change(ThreadLocalRandom.current().nextLong(), how);
    }

    /** Returns this one after another, with what both ask of later loads. */
    Change after(Change other) {
      Positions both =
          new Positions("", other.how.positions()).and(new Positions("", how.positions()));
      // An intent that is left out here ends by itself.
      long ended = how.ended() == 0 ? other.how.ended() : how.ended();
      return new Change(token, Forgetting.ended(ended, both.all()));
    }
  }

  /** Tells Redis. */
  interface Teller {
    /**
     * Tells it of one invalidation.
     *
     * @param confirmed run when Redis has taken it, also if nobody waits for that any more
     */
    CompletionStage<?> tell(Route route, String key, Change change, Runnable confirmed);
  }

  RedisJournal(RedisTier tier, ToIntFunction<String> slotOf, Teller teller) {
    this.slotOf = slotOf;
    this.teller = teller;
    this.recent = tier.recent(MOST);
  }

  boolean contains(String key) {
    return open.containsKey(key);
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  /** Notes an invalidation before it is told; returns false if there are too many. */
  boolean note(String key, Change change) {
    recent.asMap().merge(key, change, (before, after) -> after.after(before));
    if (open.size() >= MOST) {
      return false;
    }
    // What the one before asks of loads would be lost with it.
    open.merge(key, change, (before, after) -> after.after(before));
    return true;
  }

  CompletionStage<?> tell(Route route, String key) {
    Change change = open.get(key);
    return change == null
        ? CompletableFuture.completedFuture(null) // somebody else has told it
        : tell(route, key, change);
  }

  private CompletionStage<?> tell(Route route, String key, Change change) {
    return teller.tell(route, key, change, () -> open.remove(key, change));
  }

  /** Tells Redis all that it has not confirmed. */
  CompletionStage<?> drain(Way way) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    open.forEach(
        (key, change) -> {
          Route route = way.to(slotOf.applyAsInt(key));
          if (route != null) {
            all.add(tell(route, key, change).toCompletableFuture());
          }
        });
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  /** Slots have another owner, who may not have heard of what the old one was told last. */
  void moved(BitSet slots) {
    recent
        .asMap()
        .forEach(
            (key, change) -> {
              if (slots.get(slotOf.applyAsInt(key))) {
                open.putIfAbsent(key, Change.of(change.how()));
              }
            });
  }
}
