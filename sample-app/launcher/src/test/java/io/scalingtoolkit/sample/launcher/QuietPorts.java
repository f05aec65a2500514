// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports that stay free while servers start and stop: below those of the testkit's servers, of the
 * buses of their clusters, of instances, and of outgoing connections.
 */
final class QuietPorts {
  private static final int FIRST = 8_200;
  private static final int LAST = 10_200;

  private QuietPorts() {}

  static int find() throws IOException {
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return probe.getLocalPort();
      } catch (IOException taken) {
        // By somebody else; another one will do.
      }
    }
    throw new IOException("no free port from " + FIRST + " to " + LAST);
  }
}
