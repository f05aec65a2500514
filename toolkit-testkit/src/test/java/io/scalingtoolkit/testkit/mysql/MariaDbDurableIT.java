// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.nio.file.Path;
import java.util.Optional;

/** Durable data of MariaDB. */
final class MariaDbDurableIT extends GtidDurableContract {
  @Override
  GtidCluster start(int replicas, Path directory) {
    return MariaDbCluster.builder().replicas(replicas).durable(directory).start();
  }

  @Override
  Optional<String> unavailable() {
    return MariaDbCluster.unavailable();
  }
}
