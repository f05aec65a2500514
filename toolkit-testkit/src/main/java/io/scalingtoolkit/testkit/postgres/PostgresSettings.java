// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The server settings of a cluster, checked when they are given. Immutable. */
record PostgresSettings(Map<String, String> values) {
  static final String SYNCHRONOUS_NAMES = "synchronous_standby_names";

  /**
   * Settings of which a standby must not have less than the control file says; initdb writes them
   * there, so it has to know them. See "Administrator's Overview" under "Hot Standby" in the
   * manual.
   */
  private static final Set<String> IN_CONTROL_FILE =
      Set.of(
          "max_connections",
          "max_locks_per_transaction",
          "max_prepared_transactions",
          "max_wal_senders",
          "max_worker_processes",
          "wal_level");

  /** Saves the wait for the disk; data survive SIGKILL then, and not a power cut. */
  private static final Map<String, String> FAST = Map.of("fsync", "off", "full_page_writes", "off");

  private static final Set<String> OWNED_BY_CLUSTER =
      Set.of(
          "data_directory",
          "hba_file",
          "hot_standby",
          "listen_addresses",
          "logging_collector",
          "port",
          "primary_conninfo",
          "recovery_min_apply_delay",
          "unix_socket_directories");

  PostgresSettings {
    values = Collections.unmodifiableMap(new TreeMap<>(values));
  }

  static PostgresSettings defaults() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("max_connections", "60");
    values.put("max_wal_senders", "10");
    values.put("wal_level", "logical");
    values.putAll(FAST);
    values.put("shared_buffers", "32MB");
    values.put("wal_keep_size", "256MB");
    // In the data directory, so that it goes with it: /dev/shm keeps what a killed server had
    // there.
    values.put("dynamic_shared_memory_type", "mmap");
    // A replica that lost its primary asks again at once instead of after 5 s.
    values.put("wal_retrieve_retry_interval", "100ms");
    return new PostgresSettings(values);
  }

  /** Returns these without what saves the wait for the disk. */
  PostgresSettings durable() {
    Map<String, String> safe = new LinkedHashMap<>(values);
    FAST.forEach(safe::remove);
    return new PostgresSettings(safe);
  }

  PostgresSettings with(String setting, String value) {
    if (!setting.matches("[a-z_][a-z0-9_.]*")) {
      throw new IllegalArgumentException(
          "a setting's name must match [a-z_][a-z0-9_.]*; got '" + setting + "'");
    }
    if (OWNED_BY_CLUSTER.contains(setting)) {
      throw new IllegalArgumentException(
          "setting " + setting + " belongs to the cluster itself; got '" + value + "'");
    }
    if (value.chars().anyMatch(c -> c < ' ')) {
      throw new IllegalArgumentException(
          "the value of " + setting + " must not have control characters; got '" + value + "'");
    }
    Map<String, String> grown = new LinkedHashMap<>(values);
    grown.put(setting, value);
    return new PostgresSettings(grown);
  }

  Map<String, String> forInitdb() {
    return filter(true);
  }

  Map<String, String> forConfiguration() {
    return filter(false);
  }

  private Map<String, String> filter(boolean inControlFile) {
    Map<String, String> found = new TreeMap<>(values);
    found.keySet().removeIf(setting -> IN_CONTROL_FILE.contains(setting) != inControlFile);
    return found;
  }
}
