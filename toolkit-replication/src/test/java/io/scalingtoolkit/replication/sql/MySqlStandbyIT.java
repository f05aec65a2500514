// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import io.scalingtoolkit.testkit.mysql.MySqlExtension;
import org.junit.jupiter.api.extension.RegisterExtension;

final class MySqlStandbyIT extends MySqlStandbyContract {
  @RegisterExtension
  static final MySqlExtension SERVERS = MySqlExtension.of(MySqlCluster.builder().replicas(1));

  MySqlStandbyIT() {
    super(SqlDialect.MYSQL);
  }

  @Override
  GtidCluster cluster() {
    return SERVERS.cluster();
  }
}
