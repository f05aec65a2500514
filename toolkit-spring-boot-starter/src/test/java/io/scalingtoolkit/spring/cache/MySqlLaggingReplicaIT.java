// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.testkit.mysql.GtidNode;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import io.scalingtoolkit.testkit.mysql.MySqlExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

final class MySqlLaggingReplicaIT extends LaggingReplicaContract {
  @RegisterExtension
  static final MySqlExtension SERVERS =
      MySqlExtension.of(MySqlCluster.builder().replicas(1)).databasePerTest();

  @Override
  Servers servers() {
    MySqlCluster cluster = SERVERS.cluster();
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
