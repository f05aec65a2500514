// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link GtidClusterContract} on real servers. */
class MySqlClusterIT extends GtidClusterContract {
  @RegisterExtension
  static final MySqlExtension ENGINE =
      MySqlExtension.of(MySqlCluster.builder().replicas(1)).databasePerTest();

  @Override
  MySqlExtension engine() {
    return ENGINE;
  }
}
