// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;

/** The address that a cluster client was made with. */
final class ClusterAddress {
  private ClusterAddress() {}

  /**
   * Returns the first address of a client, with its credentials and TLS settings. The addresses of
   * the nodes, which the client learns from the cluster, have neither, and Lettuce shows the first
   * one to subclasses only.
   *
   * @throws IllegalStateException if this Lettuce does not have it, or does not let it be seen
   */
  static RedisURI of(RedisClusterClient client) {
    try {
      Method first = RedisClusterClient.class.getDeclaredMethod("getFirstUri");
      first.setAccessible(true);
      return (RedisURI) first.invoke(client);
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      throw new IllegalStateException(
          "the address of the RedisClusterClient cannot be read; a Lettuce 6 or 7 is needed, and"
              + " open to reflection where it is a module",
          e);
    }
  }
}
