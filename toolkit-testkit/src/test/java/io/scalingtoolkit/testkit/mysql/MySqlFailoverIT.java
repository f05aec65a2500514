// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link GtidFailoverContract} on real servers. */
class MySqlFailoverIT extends GtidFailoverContract {
  @RegisterExtension
  final MySqlExtension engine = MySqlExtension.of(MySqlCluster.builder().replicas(2));

  @Override
  MySqlExtension engine() {
    return engine;
  }
}
