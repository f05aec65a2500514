// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.replication.ReplicationDataSourceBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a URL and its properties ask for, checked; immutable.
 *
 * @param url where the nodes are
 * @param options of the toolkit, from the URL and else from the properties
 * @param properties for the product's driver
 */
record ClusterPlan(ReplicatedUrl url, Map<Option, String> options, Map<String, String> properties) {
  private static final Duration MAX_IDLE = Duration.ofDays(1);
  // What a pool accepts for the wait for a connection.
  private static final Duration LEAST_WAIT = Duration.ofMillis(250);
  private static final Duration MOST_WAIT = Duration.ofHours(1);
  private static final int MAX_POOL = 10_000;

  ClusterPlan {
    options = Map.copyOf(options);
    properties = Map.copyOf(properties);
  }

  /**
   * Reads and checks everything that can be checked without a server.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  static ClusterPlan of(String text, Map<String, String> given) {
    ReplicatedUrl url = ReplicatedUrl.parse(text);
    Map<Option, String> options = new EnumMap<>(Option.class);
    Map<String, String> properties = new LinkedHashMap<>();
    given.forEach(
        (name, value) -> {
          if (name.startsWith(ReplicatedUrl.OPTION_PREFIX)) {
            options.put(Option.of(name.substring(ReplicatedUrl.OPTION_PREFIX.length())), value);
          } else {
            properties.put(name, value);
          }
        });
    url.options().forEach((name, value) -> options.put(Option.of(name), value));
    options.forEach(Option::check);
    ClusterPlan plan = new ClusterPlan(url, options, properties);
    plan.check();
    return plan;
  }

  private void check() {
    boolean bounded = value(Option.CONSISTENCY).equals("bounded");
    if (bounded != options.containsKey(Option.MAX_STALENESS)) {
      throw new IllegalArgumentException(
          Option.MAX_STALENESS.key()
              + " must be given with "
              + Option.CONSISTENCY.key()
              + "=bounded and with no other");
    }
    poolSize();
    connectionTimeout();
    idleClose();
    // A builder that is thrown away: its methods know the ranges of what they take.
    configure(ReplicationDataSource.builder(new HikariDataSource()));
  }

  private String value(Option option) {
    return options.getOrDefault(option, option.standard());
  }

  private int poolSize() {
    return Values.number(Option.POOL_SIZE.key(), value(Option.POOL_SIZE), 1, MAX_POOL);
  }

  private Duration connectionTimeout() {
    String value = value(Option.CONNECTION_TIMEOUT);
    return Values.duration(Option.CONNECTION_TIMEOUT.key(), value, LEAST_WAIT, MOST_WAIT);
  }

  Duration idleClose() {
    String value = value(Option.IDLE_CLOSE);
    return Values.duration(Option.IDLE_CLOSE.key(), value, Duration.ZERO, MAX_IDLE);
  }

  private void configure(ReplicationDataSourceBuilder builder) {
    // In the order of the enum, so that the bound comes after the kind of consistency.
    new TreeMap<>(options).forEach((option, value) -> option.apply(value, builder));
  }

  /** Connects, or fails and leaves nothing behind. */
  OpenCluster open() {
    List<HikariDataSource> pools = new ArrayList<>();
    try {
      for (int node = 0; node < url.hosts().size(); node++) {
        pools.add(new HikariDataSource(pool(node)));
      }
      ReplicationDataSourceBuilder builder = ReplicationDataSource.builder(pools.get(0));
      for (int node = 1; node < pools.size(); node++) {
        builder.replica(nodeName(node), pools.get(node));
      }
      configure(builder);
      return new OpenCluster(builder.build(), pools);
    } catch (RuntimeException e) {
      pools.forEach(HikariDataSource::close);
      throw e;
    }
  }

  private static String nodeName(int node) {
    return node == 0 ? "primary" : "replica" + node;
  }

  private HikariConfig pool(int node) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(value(Option.NAME) + "/" + nodeName(node));
    config.setJdbcUrl(url.nodeUrl(node));
    properties.forEach(config::addDataSourceProperty);
    config.setMaximumPoolSize(poolSize());
    config.setMinimumIdle(0);
    config.setConnectionTimeout(connectionTimeout().toMillis());
    // A node that is down must not keep the others from being used.
    config.setInitializationFailTimeout(-1);
    return config;
  }

  /** Leaves out what may be secret. */
  @Override
  public String toString() {
    return url.toString();
  }
}
