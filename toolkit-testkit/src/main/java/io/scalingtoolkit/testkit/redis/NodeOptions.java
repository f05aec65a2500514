// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.process.EngineHost;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What all nodes of one server or cluster have in common, as a builder collects it and as a
 * configuration file says it. Confined to the thread that builds.
 */
final class NodeOptions {
  private final Map<String, String> settings = new LinkedHashMap<>();
  private RedisBinary binary = RedisBinary.configured();
  private @Nullable String password;
  private boolean appendOnly;

  void fromPath() {
    binary = RedisBinary.PATH;
  }

  /**
   * Why the bundled program cannot run on this machine. A program asked for from the path is not
   * excused: its absence fails the start.
   */
  Optional<String> unavailable() {
    Optional<String> host = EngineHost.current().unavailable();
    return binary == RedisBinary.BUNDLED ? host.or(binary::unavailable) : host;
  }

  void appendOnly() {
    appendOnly = true;
  }

  void password(String value) {
    Objects.requireNonNull(value, "password");
    if (value.isEmpty()) {
      throw new IllegalArgumentException("password must have at least one character; got none");
    }
    password = value;
  }

  /** Adds a line of the configuration file; the last one of a name wins. */
  void setting(String name, String value) {
    if (!name.matches("[a-z0-9-]+")) {
      throw new IllegalArgumentException(
          "a setting's name must consist of a-z, 0-9 and '-'; got '" + name + "'");
    }
    if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0) {
      throw new IllegalArgumentException(
          "the value of setting " + name + " must be one line; got '" + value + "'");
    }
    if (name.equals("port") || name.equals("dir") || name.equals("requirepass")) {
      throw new IllegalArgumentException(
          "setting " + name + " must be left to the testkit; got '" + value + "'");
    }
    settings.put(name, value);
  }

  Settings freeze() {
    return new Settings(binary.locate(), password, appendOnly, new LinkedHashMap<>(settings));
  }

  /**
   * The collected options. Immutable.
   *
   * @param program the absolute path of {@code redis-server}
   * @param password what clients and replicas must say, null for no password
   * @param appendOnly whether data survives a restart
   * @param extra further settings in the order they were given
   */
  record Settings(
      Path program, @Nullable String password, boolean appendOnly, Map<String, String> extra) {

    /** The lines of the configuration file that do not depend on the node. */
    StringBuilder lines() {
      StringBuilder lines = new StringBuilder();
      line(lines, "bind", "127.0.0.1");
      line(lines, "protected-mode", "no");
      line(lines, "daemonize", "no");
      line(lines, "save", "");
      line(lines, "appendonly", appendOnly ? "yes" : "no");
      // Written to the kernel before each answer, which is what survives kill -9 of the process.
      line(lines, "appendfsync", "no");
      line(lines, "repl-diskless-sync-delay", "0");
      if (password != null) {
        line(lines, "requirepass", quote(password));
        line(lines, "masterauth", quote(password));
      }
      extra.forEach((name, value) -> line(lines, name, value));
      return lines;
    }

    /** The same options for nodes of a cluster; what was set by hand wins. */
    Settings clustered(Duration nodeTimeout) {
      Map<String, String> all = new LinkedHashMap<>();
      all.put("cluster-enabled", "yes");
      all.put("cluster-config-file", "nodes.conf");
      all.put("cluster-node-timeout", Long.toString(nodeTimeout.toMillis()));
      all.put("cluster-replica-validity-factor", "0");
      all.put("cluster-require-full-coverage", "no");
      all.put("cluster-allow-replica-migration", "no");
      all.putAll(extra);
      return new Settings(program, password, appendOnly, all);
    }

    /** The words that authenticate a connection, empty when none are needed. */
    List<String> authentication() {
      return password == null ? List.of() : List.of("AUTH", password);
    }
  }

  static void line(StringBuilder lines, String name, String value) {
    lines.append(name).append(' ').append(value.isEmpty() ? "\"\"" : value).append('\n');
  }

  /** A value in double quotes, as Redis reads them in its configuration file. */
  static String quote(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      if (b == '"' || b == '\\' || b < ' ' || b == 127) {
        quoted.append(String.format("\\x%02x", b & 0xff));
      } else {
        quoted.append((char) b);
      }
    }
    return quoted.append('"').toString();
  }
}
