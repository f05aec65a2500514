// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;

class MariaDbDiscoveryIT extends GtidDiscoveryContract {
  @Override
  GtidCluster startCluster() {
    return MariaDbCluster.builder().replicas(1).start();
  }

  @Override
  String right() {
    return "REPLICATION MASTER ADMIN";
  }
}
