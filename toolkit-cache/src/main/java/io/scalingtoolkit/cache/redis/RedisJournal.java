// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import com.github.benmanes.caffeine.cache.Cache;
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
  private final ConcurrentMap<String, Long> open = new ConcurrentHashMap<>();

  /** What a node could have confirmed and then lost. */
  private final Cache<String, Long> recent;

  /** Tells Redis. */
  interface Teller {
    CompletionStage<?> tell(Route route, String key, long token);
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
  boolean note(String key, long token) {
    recent.put(key, token);
    if (open.size() >= MOST) {
      return false;
    }
    open.put(key, token);
    return true;
  }

  CompletionStage<?> tell(Route route, String key, long token) {
    return teller.tell(route, key, token).thenAccept(done -> open.remove(key, token));
  }

  /** Tells Redis all that it has not confirmed. */
  CompletionStage<?> drain(Way way) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    open.forEach(
        (key, token) -> {
          Route route = way.to(slotOf.applyAsInt(key));
          if (route != null) {
            all.add(tell(route, key, token).toCompletableFuture());
          }
        });
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  /** Slots have another owner, who may not have heard of what the old one was told last. */
  void moved(BitSet slots) {
    for (String key : recent.asMap().keySet()) {
      if (slots.get(slotOf.applyAsInt(key))) {
        open.putIfAbsent(key, ThreadLocalRandom.current().nextLong());
      }
    }
  }
}
