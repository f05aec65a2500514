// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import io.scalingtoolkit.spring.cache.CacheStatus;
import io.scalingtoolkit.spring.cache.TieredCacheManager;
import java.util.List;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/** The caches of this process, and a way to evict all of one. */
@Endpoint(id = "tieredcaches")
final class TieredCachesEndpoint {
  private final TieredCacheManager caches;

  TieredCachesEndpoint(TieredCacheManager caches) {
    this.caches = caches;
  }

  /**
   * All caches; immutable.
   *
   * @param caches sorted by name
   */
  record Status(List<CacheStatus> caches) {}

  /** Returns what holds now. */
  @ReadOperation
  Status status() {
    return new Status(caches.status());
  }

  /** Returns what holds now for one cache. */
  @ReadOperation
  CacheStatus cache(@Selector String name) {
    return caches.status().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(name));
  }

  /**
   * Evicts all entries of one cache; of one in Redis for all processes.
   *
   * @return what holds for it after that
   * @throws InvalidEndpointRequestException if there is no such cache
   */
  @WriteOperation
  CacheStatus invalidate(@Selector String name) {
    CacheStatus known = cache(name); // first, since asking for a cache can make one
    var cache = caches.getCache(known.name());
    if (cache != null) {
      cache.invalidate();
    }
    return cache(name);
  }

  private InvalidEndpointRequestException unknown(String name) {
    String message =
        "there is no cache named \"%s\", but %s".formatted(name, caches.getCacheNames());
    return new InvalidEndpointRequestException(message, message);
  }
}
