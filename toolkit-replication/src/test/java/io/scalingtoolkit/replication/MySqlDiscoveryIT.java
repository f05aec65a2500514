// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;

class MySqlDiscoveryIT extends GtidDiscoveryContract {
  @Override
  GtidCluster startCluster() {
    return MySqlCluster.builder().replicas(1).setting("report_host", "127.0.0.1").start();
  }

  @Override
  String right() {
    return "REPLICATION SLAVE";
  }
}
