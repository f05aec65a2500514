// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import io.scalingtoolkit.spring.InvalidPropertyException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Makes the client that two properties, an address and whether it is a cluster, ask for. */
public final class RedisClients {
  private RedisClients() {}

  /**
   * Makes a client, which does not connect yet.
   *
   * @param property name of the property with the address
   * @param uri its value; of a cluster several nodes may be named, as in {@code
   *     redis://:password@host1:6379,host2:6379}
   * @param cluster whether it is a Redis Cluster
   * @param reason why there must be an address, as in "there are caches in Redis"
   * @return a {@link RedisClusterClient} for a cluster and else a {@link RedisClient}, to be shut
   *     down by the caller
   * @throws InvalidPropertyException if there is no address or it cannot be read; the message does
   *     not show it, since it may hold a password
   */
  public static AbstractRedisClient create(
      String property, @Nullable String uri, boolean cluster, String reason) {
    if (uri == null || uri.isBlank()) {
      throw new InvalidPropertyException(property, "must be set, because " + reason, "empty");
    }
    try {
      return cluster
          ? RedisClusterClient.create(RedisClusterURIUtil.toRedisURIs(URI.create(uri)))
          : RedisClient.create(RedisURI.create(uri));
    } catch (IllegalArgumentException e) {
      String rule =
          cluster
              ? "must be an address such as redis://host1:6379,host2:6379"
              : "must be an address such as redis://host:6379";
      throw new InvalidPropertyException(property, rule, "not shown");
    }
  }
}
