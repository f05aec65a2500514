// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import org.junit.jupiter.api.extension.RegisterExtension;

final class PostgresLaggingReplicaIT extends LaggingReplicaContract {
  @RegisterExtension
  static final PostgresExtension SERVERS =
      PostgresExtension.of(PostgresCluster.builder().replicas(1)).databasePerTest();

  @Override
  Servers servers() {
    PostgresCluster cluster = SERVERS.cluster();
    PostgresNode replica = cluster.replica(0);
    return new Servers(
        SERVERS.database(),
        cluster.primary().jdbcUrl(SERVERS.database()),
        replica.jdbcUrl(SERVERS.database()),
        cluster::awaitCaughtUp,
        replica::pauseReplay,
        replica::resumeReplay);
  }
}
