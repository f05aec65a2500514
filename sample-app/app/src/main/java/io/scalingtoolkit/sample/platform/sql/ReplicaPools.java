// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The pools of the replicas by name, closed together after the data source over them. Immutable.
 *
 * @param pools in the order of the settings
 */
record ReplicaPools(Map<String, HikariDataSource> pools) implements AutoCloseable {

  ReplicaPools {
    pools = Collections.unmodifiableMap(new LinkedHashMap<>(pools));
  }

  @Override
  public void close() {
    pools.values().forEach(HikariDataSource::close);
  }
}
