// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import io.scalingtoolkit.testkit.mysql.MySqlExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

class MySqlCheckIT extends GtidCheckContract {
  @RegisterExtension
  static final MySqlExtension MYSQL = MySqlExtension.of(MySqlCluster.builder().replicas(2));

  @Override
  GtidCluster cluster() {
    return MYSQL.cluster();
  }
}
