// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link GtidClusterContract} on real servers. */
class MariaDbClusterIT extends GtidClusterContract {
  @RegisterExtension
  static final MariaDbExtension ENGINE =
      MariaDbExtension.of(MariaDbCluster.builder().replicas(1)).databasePerTest();

  @Override
  MariaDbExtension engine() {
    return ENGINE;
  }
}
