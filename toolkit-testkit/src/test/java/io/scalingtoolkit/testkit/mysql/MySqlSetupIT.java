// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.util.Optional;

/** {@link GtidSetupContract} on real servers. */
class MySqlSetupIT extends GtidSetupContract {
  @Override
  GtidCluster.Builder<MySqlCluster> builder() {
    return MySqlCluster.builder();
  }

  @Override
  Optional<String> unavailable() {
    return MySqlCluster.unavailable();
  }
}
