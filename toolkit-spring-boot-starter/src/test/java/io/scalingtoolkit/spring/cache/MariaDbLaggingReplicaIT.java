// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.testkit.mysql.GtidNode;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

final class MariaDbLaggingReplicaIT extends LaggingReplicaContract {
  @RegisterExtension
  static final MariaDbExtension SERVERS =
      MariaDbExtension.of(MariaDbCluster.builder().replicas(1)).databasePerTest();

  @Override
  Servers servers() {
    MariaDbCluster cluster = SERVERS.cluster();
    GtidNode replica = cluster.replica(0);
    return new Servers(
        SERVERS.database(),
        cluster.primary().jdbcUrl(SERVERS.database()),
        replica.jdbcUrl(SERVERS.database()),
        cluster::awaitCaughtUp,
        replica::pauseReplay,
        replica::resumeReplay);
  }
}
