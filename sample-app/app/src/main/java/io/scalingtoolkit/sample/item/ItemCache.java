// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

import io.scalingtoolkit.sample.platform.cache.ReadCache;
import io.scalingtoolkit.sample.platform.cache.ReadCaches;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/**
 * Single items, where the phase has a cache. The owner is part of the key, so that what is found
 * there is the caller's own as surely as what a query finds. Lists are not kept. Thread-safe.
 */
@Component
final class ItemCache {

  static final String NAME = "items";

  private final ReadCache<Item> cache;

  ItemCache(ReadCaches caches) {
    this.cache = caches.named(NAME);
  }

  Optional<Item> find(String id, String userId, Supplier<Optional<Item>> query) {
    return cache.find(List.of(userId, id), query);
  }

  void changed(Item item) {
    cache.changed(List.of(item.userId(), item.id()));
  }

  void changedAll(String userId) {
    cache.changedAll(userId);
  }
}
