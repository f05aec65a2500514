// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.nio.file.Path;
import java.util.Optional;

/** Durable data of MySQL. */
final class MySqlDurableIT extends GtidDurableContract {
  @Override
  GtidCluster start(int replicas, Path directory) {
    return MySqlCluster.builder().replicas(replicas).durable(directory).start();
  }

  @Override
  Optional<String> unavailable() {
    return MySqlCluster.unavailable();
  }
}
