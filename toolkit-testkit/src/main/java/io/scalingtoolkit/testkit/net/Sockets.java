// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closing sockets when a failure to close changes nothing for anyone. */
final class Sockets {
  private static final Logger log = LoggerFactory.getLogger(Sockets.class);

  private Sockets() {}

  static void close(Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("A socket failed to close: {}", e.toString());
    }
  }

  /** Closes a channel, with a TCP reset instead of a FIN when asked to. */
  static void close(SocketChannel channel, boolean reset) {
    if (reset && channel.isOpen()) {
      try {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      } catch (IOException e) {
        log.debug("A socket was dead before it could be reset: {}", e.toString());
      }
    }
    close(channel);
  }
}
