// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The options a user adds to all servers of a cluster, checked when they are given. Immutable. */
record ServerSettings(Map<String, String> values) {
  static final ServerSettings NONE = new ServerSettings(Map.of());

  /** What a cluster cannot do its work without. Dashes and underscores are the same. */
  private static final Set<String> OWNED_BY_CLUSTER =
      Set.of(
          "basedir",
          "bind-address",
          "binlog-format",
          "datadir",
          "enforce-gtid-consistency",
          "gtid-mode",
          "gtid-strict-mode",
          "innodb-log-file-size",
          "log-bin",
          "log-error",
          "log-slave-updates",
          "pid-file",
          "port",
          "read-only",
          "relay-log",
          "server-id",
          "skip-log-bin",
          "skip-slave-start",
          "socket",
          "super-read-only",
          "tmpdir");

  ServerSettings {
    values = Collections.unmodifiableMap(new TreeMap<>(values));
  }

  ServerSettings with(String setting, String value) {
    if (!setting.matches("[a-z][a-z0-9_-]*")) {
      throw new IllegalArgumentException(
          "a setting's name must match [a-z][a-z0-9_-]*; got '" + setting + "'");
    }
    String name = setting.replace('_', '-').toLowerCase(Locale.ROOT);
    if (OWNED_BY_CLUSTER.contains(name)) {
      throw new IllegalArgumentException(
          "setting " + setting + " belongs to the cluster itself; got '" + value + "'");
    }
    if (value.chars().anyMatch(c -> c < ' ')) {
      throw new IllegalArgumentException(
          "the value of " + setting + " must not have control characters; got '" + value + "'");
    }
    Map<String, String> grown = new TreeMap<>(values);
    grown.put(name, value);
    return new ServerSettings(grown);
  }

  /** Returns the words for the command line. */
  List<String> options() {
    List<String> options = new ArrayList<>();
    values.forEach((name, value) -> options.add("--" + name + "=" + value));
    return options;
  }
}
