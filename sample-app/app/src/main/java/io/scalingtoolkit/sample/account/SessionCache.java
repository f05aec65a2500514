// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.cache.ReadCache;
import io.scalingtoolkit.sample.platform.cache.ReadCaches;
import io.scalingtoolkit.sample.platform.security.SecurityProperties;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/**
 * Sessions that were found open, where the settings say that this process alone ends sessions. An
 * end is then seen at once; other processes would hear of it only within the bound of the cache.
 * Thread-safe.
 */
@Component
final class SessionCache {

  private final ReadCache<Entry> cache;

  SessionCache(ReadCaches caches, SecurityProperties settings) {
    this.cache = settings.sessionCache() ? caches.named("sessions") : caches.none();
  }

  /**
   * Whose session it is and until when; immutable.
   *
   * @param userId who logged in
   * @param expiresAt microseconds since 1970
   */
  record Entry(String userId, long expiresAt) {}

  Optional<Entry> find(String id, Supplier<Optional<Entry>> query) {
    return cache.find(id, query);
  }

  /** In a transaction when that has committed. */
  void ended(String id) {
    cache.changed(id);
  }
}
