// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an instance listens. Immutable.
 *
 * @param host name or IPv4 address
 * @param port 1 to 65535
 */
record Address(String host, int port) {

  private static final Pattern TEXT = Pattern.compile("([A-Za-z0-9.-]{1,253}):([0-9]{1,5})");
  private static final int MAX_PORT = 65_535;

  /**
   * Reads {@code host:port}.
   *
   * @throws IllegalArgumentException with the rule when it is anything else
   */
  static Address of(String text) {
    Matcher parts = TEXT.matcher(text);
    int port = parts.matches() ? Integer.parseInt(parts.group(2)) : 0;
    if (port < 1 || port > MAX_PORT) {
      throw new IllegalArgumentException(
          "an instance must be host:port with a port from 1 to " + MAX_PORT + "; got " + text);
    }
    return new Address(parts.group(1), port);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
