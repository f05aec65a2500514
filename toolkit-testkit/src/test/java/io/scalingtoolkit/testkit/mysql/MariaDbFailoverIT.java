// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link GtidFailoverContract} on real servers. */
class MariaDbFailoverIT extends GtidFailoverContract {
  @RegisterExtension
  final MariaDbExtension engine = MariaDbExtension.of(MariaDbCluster.builder().replicas(2));

  @Override
  MariaDbExtension engine() {
    return engine;
  }
}
