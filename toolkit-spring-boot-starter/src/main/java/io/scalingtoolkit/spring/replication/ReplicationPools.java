// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The connection pools of one data source, opened together and closed together.
 *
 * <p>They are no beans, because Boot would ask each data source that is one for its health, and
 * injection would have to choose among them. Thread-safe.
 */
final class ReplicationPools implements AutoCloseable {
  private final Map<String, HikariDataSource> pools = new LinkedHashMap<>();

  /**
   * Opens the pools.
   *
   * @throws InvalidSettingException if a pool cannot be made as set; none is open then
   */
  ReplicationPools(Settings settings, @Nullable MeterRegistry registry) {
    settings.check();
    try {
      settings
          .poolConfigs()
          .forEach((node, config) -> pools.put(node, open(node, config, registry)));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static HikariDataSource open(
      String node, HikariConfig config, @Nullable MeterRegistry registry) {
    if (registry != null && config.getMetricsTrackerFactory() == null) {
      config.setMetricRegistry(registry);
    }
    try {
      return new HikariDataSource(config);
    } catch (RuntimeException e) {
      // HikariCP's own message holds the URL.
      throw InvalidSettingException.withoutValue(
          node.equals("primary") ? "primary" : "replicas." + node,
          "no connection pool can be made as set; is the JDBC driver on the class path?",
          null);
    }
  }

  /** Returns the pool of a node. */
  DataSource pool(String node) {
    return Objects.requireNonNull(pools.get(node), node);
  }

  /** Closes all pools; a second call does nothing. */
  @Override
  public void close() {
    pools.values().forEach(HikariDataSource::close);
  }
}
