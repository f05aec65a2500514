// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.util.Optional;

/** {@link GtidSetupContract} on real servers. */
class MariaDbSetupIT extends GtidSetupContract {
  @Override
  GtidCluster.Builder<MariaDbCluster> builder() {
    return MariaDbCluster.builder();
  }

  @Override
  Optional<String> unavailable() {
    return MariaDbCluster.unavailable();
  }
}
