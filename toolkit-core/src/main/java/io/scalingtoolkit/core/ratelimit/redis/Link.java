// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection that is never made again; thread-safe.
 *
 * <p>Lettuce sends what was in flight once more when it has reconnected, though Redis may have done
 * it already, unless the client's options say otherwise, and they are not ours. So a connection
 * that drops is closed in that moment, before Lettuce begins to reconnect, and what was in flight
 * fails: it is done once or not at all. In a cluster that goes for all nodes when one of them
 * drops, since what is in flight to the one would be sent to another.
 */
final class Link implements RedisConnectionStateListener, AutoCloseable {
  private final AbstractRedisClient client;
  private final StatefulConnection<String, String> connection;
  private final RedisClusterAsyncCommands<String, String> commands;
  private final Runnable dropped;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param connection with a codec of its own, by which its connections to the nodes of a cluster
   *     are known
   * @param dropped what is done when it drops; must not block
   */
  Link(
      AbstractRedisClient client,
      StatefulConnection<String, String> connection,
      RedisClusterAsyncCommands<String, String> commands,
      Runnable dropped) {
    this.client = client;
    this.connection = connection;
    this.commands = commands;
    this.dropped = dropped;
  }

  /** Begins to watch for the connection to drop; to be called before anything is sent. */
  void watch() {
    client.addListener(this);
  }

  RedisClusterAsyncCommands<String, String> commands() {
    return commands;
  }

  boolean isOpen() {
    return connection.isOpen();
  }

  @Override
  public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
    if (handler instanceof StatefulConnection<?, ?> other
        && other.getCodec() == connection.getCodec()) {
      close();
      dropped.run();
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      client.removeListener(this);
      var unused = connection.closeAsync();
    }
  }
}
