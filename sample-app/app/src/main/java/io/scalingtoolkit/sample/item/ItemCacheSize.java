// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

import io.scalingtoolkit.cache.TieredCacheBuilder;
import io.scalingtoolkit.sample.platform.cache.Seen;
import io.scalingtoolkit.spring.cache.CacheCustomizer;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * What settings alone cannot say of the cache of items: they differ a thousandfold in size, so
 * their bytes are bounded and not their number, and each is tagged with its owner. Immutable.
 */
@Component
final class ItemCacheSize implements CacheCustomizer {

  /** What an entry takes beside its text, about. */
  private static final int OVERHEAD_BYTES = 500;

  private final long bytes;

  ItemCacheSize(@Value("${app.items.cache-memory}") DataSize memory) {
    this.bytes = memory.toBytes();
  }

  @Override
  public void customize(String name, TieredCacheBuilder<Object, Object> builder) {
    if (name.equals(ItemCache.NAME)) {
      builder.maximumWeight(bytes, ItemCacheSize::weigh).tags((key, value) -> List.of(owner(key)));
    }
  }

  private static int weigh(Object key, Object value) {
    return OVERHEAD_BYTES
        + (value instanceof Seen<?> seen && seen.value() instanceof Item item
            ? item.data().text().length()
            : 0);
  }

  private static String owner(Object key) {
    return key instanceof List<?> parts ? String.valueOf(parts.get(0)) : "";
  }
}
