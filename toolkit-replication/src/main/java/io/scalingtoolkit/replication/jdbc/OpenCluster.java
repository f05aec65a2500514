// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.replication.ReplicationDataSource;
import java.util.List;

/**
 * A data source with the pools it stands on, which are its own; thread-safe.
 *
 * @param dataSource over the pools
 * @param pools one for each node
 */
record OpenCluster(ReplicationDataSource dataSource, List<HikariDataSource> pools) {
  void close() {
    dataSource.close();
    pools.forEach(HikariDataSource::close);
  }
}
