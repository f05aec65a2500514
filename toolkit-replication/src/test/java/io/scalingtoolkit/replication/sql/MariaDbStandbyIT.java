// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

final class MariaDbStandbyIT extends MySqlStandbyContract {
  @RegisterExtension
  static final MariaDbExtension SERVERS = MariaDbExtension.of(MariaDbCluster.builder().replicas(1));

  MariaDbStandbyIT() {
    super(SqlDialect.MARIADB);
  }

  @Override
  GtidCluster cluster() {
    return SERVERS.cluster();
  }
}
