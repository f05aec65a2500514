// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Finds ports on 127.0.0.1 that nobody listens on. They lie above those of the testkit's servers
 * and below those that Linux gives to outgoing connections, which could take one in between.
 */
final class FreePorts {

  static final int FIRST = 23_000;
  static final int LAST = 32_000;

  private FreePorts() {}

  /**
   * Finds several.
   *
   * @return different ports; another program may take one before it is used
   * @throws UserError when there are not as many
   */
  static List<Integer> find(int count, RandomGenerator random) {
    int span = LAST - FIRST + 1;
    int start = random.nextInt(span);
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < span && found.size() < count; i++) {
      int port = FIRST + (start + i) % span;
      if (isFree(port)) {
        found.add(port);
      }
    }
    if (found.size() < count) {
      throw new UserError(
          "no free port for an instance: all from " + FIRST + " to " + LAST + " are in use");
    }
    return found;
  }

  private static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
