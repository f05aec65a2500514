// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.sharding;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.replication.ReplicationDataSourceBuilder;
import io.scalingtoolkit.spring.InvalidPropertyException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The connection pools of all shards, opened together and closed together. They are no beans,
 * because Boot would ask each data source that is one for its health, and injection would have to
 * choose among them. Thread-safe.
 */
final class ShardPools implements AutoCloseable {
  private final Map<String, DataSource> primaries = new LinkedHashMap<>();
  private final Map<String, DataSource> routed = new LinkedHashMap<>();
  private final List<HikariDataSource> pools = new ArrayList<>();
  private final List<ReplicationDataSource> replicated = new ArrayList<>();

  /**
   * Opens the pools. A server that does not answer is no error here.
   *
   * @throws InvalidPropertyException if a property breaks a rule; no pool is open then
   */
  ShardPools(ShardingProperties properties, @Nullable MeterRegistry registry) {
    try {
      properties.shards().forEach((name, shard) -> open(properties, name, shard, registry));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void open(
      ShardingProperties properties,
      String name,
      ShardingProperties.Shard shard,
      @Nullable MeterRegistry registry) {
    String property = ShardingProperties.PREFIX + ".shards." + name;
    HikariDataSource primary =
        pool(
            property,
            config(properties, property, name, shard.url(), shard.username(), shard.password()),
            registry);
    primaries.put(name, primary);
    if (shard.replicas().isEmpty()) {
      routed.put(name, primary);
      return;
    }
    ReplicationDataSourceBuilder builder = ReplicationDataSource.builder(primary);
    set(property, name, builder::name);
    shard
        .replicas()
        .forEach(
            (id, replica) -> {
              String place = property + ".replicas." + id;
              String username = replica.username() == null ? shard.username() : replica.username();
              String password = replica.password() == null ? shard.password() : replica.password();
              HikariConfig config =
                  config(properties, place, name + "-" + id, replica.url(), username, password);
              HikariDataSource pool = pool(place, config, registry);
              set(place, id, it -> builder.replica(it, pool));
            });
    if (registry != null) {
      builder.meterRegistry(registry);
    }
    ReplicationDataSource source = builder.build();
    replicated.add(source);
    routed.put(name, source);
  }

  private static HikariConfig config(
      ShardingProperties properties,
      String property,
      String name,
      @Nullable String url,
      @Nullable String username,
      @Nullable String password) {
    // The value is not shown: a URL may hold a password.
    if (url == null || !url.startsWith("jdbc:")) {
      throw new InvalidPropertyException(
          property + ".url", "must be a JDBC URL, which starts with \"jdbc:\"", "not shown");
    }
    String pool = ShardingProperties.PREFIX + ".pool";
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(url);
    config.setUsername(username);
    config.setPassword(password);
    set(
        pool + ".maximum-pool-size",
        properties.pool().maximumPoolSize(),
        config::setMaximumPoolSize);
    set(
        pool + ".connection-timeout",
        properties.pool().connectionTimeout(),
        timeout -> config.setConnectionTimeout(timeout.toMillis()));
    // One shard that is down must not keep the application from serving the others.
    config.setInitializationFailTimeout(-1);
    return config;
  }

  private HikariDataSource pool(
      String property, HikariConfig config, @Nullable MeterRegistry registry) {
    if (registry != null) {
      config.setMetricRegistry(registry);
    }
    try {
      HikariDataSource pool = new HikariDataSource(config);
      pools.add(pool);
      return pool;
    } catch (RuntimeException e) { // its message holds the URL
      throw new InvalidPropertyException(
          property + ".url", "must be one that a JDBC driver on the class path takes", "not shown");
    }
  }

  private static <T> void set(String property, T value, Consumer<T> setter) {
    try {
      setter.accept(value);
    } catch (IllegalArgumentException e) {
      throw new InvalidPropertyException(property, String.valueOf(e.getMessage()), value);
    }
  }

  /** Returns the pool of each primary by the name of its shard. */
  Map<String, DataSource> primaries() {
    return primaries;
  }

  /** Returns what leads to the primary of each shard, and for reads to its replicas. */
  Map<String, DataSource> routed() {
    return routed;
  }

  /** Returns the pool of the primary that has the map. */
  DataSource control(@Nullable String name) {
    DataSource control = name == null ? null : primaries.get(name);
    if (control == null) {
      throw new InvalidPropertyException(
          ShardingProperties.PREFIX + ".control",
          "must name the shard that holds the map, one of " + primaries.keySet(),
          name);
    }
    return control;
  }

  /** Closes all pools; a second call does nothing. */
  @Override
  public void close() {
    replicated.forEach(ReplicationDataSource::close);
    pools.forEach(HikariDataSource::close);
  }
}
