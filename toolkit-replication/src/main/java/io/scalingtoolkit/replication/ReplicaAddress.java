// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A replica as a {@link ReplicaDiscovery} tells it. Immutable.
 *
 * @param name the name of its node: 1 to 64 characters of letters, digits, dot, dash and
 *     underscore; always the same for the same server
 * @param host name or IP address, of letters, digits, dot, dash, underscore and colon, so that it
 *     can stand in a URL; null if it is not told
 * @param port 1 to 65535; null if it is not told
 */
public record ReplicaAddress(String name, @Nullable String host, @Nullable Integer port) {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:-]{1,255}");
  private static final int MAX_PORT = 65_535;

  /**
   * Checks the parts.
   *
   * @throws IllegalArgumentException if one breaks its rule
   */
  public ReplicaAddress {
    NodeNames.check(name);
    if (host != null && !isHost(host)) {
      throw new IllegalArgumentException(
          "a host must be 1 to 255 characters of letters, digits, dot, dash, underscore and colon,"
              + " was \""
              + host
              + "\"");
    }
    if (port != null && !isPort(port)) {
      throw new IllegalArgumentException("a port must be 1 to " + MAX_PORT + ", was " + port);
    }
  }

  static boolean isHost(String text) {
    return HOST.matcher(text).matches();
  }

  static boolean isPort(int number) {
    return number >= 1 && number <= MAX_PORT;
  }

  /**
   * Returns the replica at a host, named after it; a port is not told.
   *
   * @throws IllegalArgumentException if {@code host} breaks the rule for hosts
   */
  public static ReplicaAddress at(String host) {
    Objects.requireNonNull(host, "host");
    String name = host.replace(':', '-');
    return new ReplicaAddress(
        name.length() > NodeNames.MAX_LENGTH ? name.substring(0, NodeNames.MAX_LENGTH) : name,
        host,
        null);
  }

  /**
   * Returns {@code host:port} for a URL, with an IPv6 address in brackets.
   *
   * @param standardPort the port if none is told
   * @throws IllegalStateException if no host is told
   */
  public String hostAndPort(int standardPort) {
    String known = host;
    if (known == null) {
      throw new IllegalStateException(
          "nothing tells the host of " + name + "; MariaDB and MySQL do if report_host is set");
    }
    return (known.contains(":") ? "[" + known + "]" : known)
        + ":"
        + Objects.requireNonNullElse(port, standardPort);
  }
}
