// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.core.balance.Balancer;
import io.scalingtoolkit.replication.ReadConsistency;
import io.scalingtoolkit.replication.ReplicaOptions;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.replication.ReplicationDataSourceBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The way from properties to a builder and to the settings of the pools.
 *
 * <p>The rules are those of the builder; what breaks one comes back with the name of the property.
 * Immutable.
 */
record Settings(ReplicationProperties properties) {
  static final String PREFIX = "toolkit.replication";

  private static final String PRIMARY = "primary";

  /**
   * Checks all of it before anything is opened.
   *
   * @throws InvalidSettingException for the first rule that is broken
   */
  void check() {
    properties.pool().check();
    poolConfigs();
    // A builder holds no resource, and these data sources open theirs when first asked.
    builder(node -> new HikariDataSource());
  }

  /** Returns a builder with everything but metrics and listeners. */
  ReplicationDataSourceBuilder builder(Function<String, DataSource> pools) {
    ReplicationDataSourceBuilder builder = ReplicationDataSource.builder(pools.apply(PRIMARY));
    ReplicationProperties p = properties;
    set("name", p.name(), builder::name);
    set("probe-interval", p.probeInterval(), builder::probeInterval);
    set("dead-after", p.deadAfter(), builder::deadAfter);
    set("slow-start", p.slowStart(), builder::slowStart);
    set("wait-for-replica", p.waitForReplica(), builder::waitForReplica);
    set("start-timeout", p.startTimeout(), builder::startTimeout);
    if (p.maxPrimaryReads() != null) {
      set("max-primary-reads", p.maxPrimaryReads(), builder::maxPrimaryReads);
    }
    p.replicas()
        .forEach(
            (name, replica) -> {
              ReplicaOptions options = options(name, replica);
              set("replicas." + name, name, it -> builder.replica(it, pools.apply(it), options));
            });
    p.allowFunctions().forEach(builder::allowFunction);
    p.denyFunctions().forEach(builder::denyFunction);
    return builder
        .consistency(consistency())
        .balancer(balancer())
        .routeBySql(p.routeBySql())
        .captureOnCommit(p.captureOnCommit());
  }

  private static ReplicaOptions options(String name, ReplicationProperties.Replica replica) {
    ReplicaOptions[] made = {ReplicaOptions.standard()};
    set(
        "replicas." + name + ".weight",
        replica.weight(),
        weight -> made[0] = made[0].withWeight(weight));
    return replica.zone() == null ? made[0] : made[0].inZone(replica.zone());
  }

  private ReadConsistency consistency() {
    boolean bounded = properties.consistency() == ConsistencyChoice.BOUNDED;
    if (bounded != (properties.maxStaleness() != null)) {
      throw InvalidSettingException.of(
          "max-staleness",
          bounded
              ? "must be set, because consistency is bounded"
              : "must not be set unless consistency is bounded",
          properties.maxStaleness());
    }
    return switch (properties.consistency()) {
      case SESSION -> ReadConsistency.session();
      case EVENTUAL -> ReadConsistency.eventual();
      case STRONG -> ReadConsistency.strong();
      case BOUNDED -> {
        ReadConsistency[] made = {ReadConsistency.session()};
        set(
            "max-staleness",
            Objects.requireNonNull(properties.maxStaleness()),
            age -> made[0] = ReadConsistency.bounded(age));
        yield made[0];
      }
    };
  }

  private Balancer balancer() {
    Balancer balancer = properties.balancer().balancer();
    return properties.zone() == null ? balancer : Balancer.preferZone(properties.zone(), balancer);
  }

  /** Returns the settings of each pool by name of its node, the primary first. */
  Map<String, HikariConfig> poolConfigs() {
    ReplicationProperties.Primary primary = properties.primary();
    Map<String, HikariConfig> configs = new LinkedHashMap<>();
    configs.put(
        PRIMARY, pool(PRIMARY, PRIMARY, primary.url(), primary.username(), primary.password()));
    properties
        .replicas()
        .forEach(
            (name, replica) ->
                configs.put(
                    name,
                    pool(
                        name,
                        "replicas." + name,
                        replica.url(),
                        replica.username() == null ? primary.username() : replica.username(),
                        replica.password() == null ? primary.password() : replica.password())));
    return configs;
  }

  private HikariConfig pool(
      String node,
      String prefix,
      @Nullable String url,
      @Nullable String username,
      @Nullable String password) {
    // The value is not shown: a URL may hold a password.
    if (url == null || !url.startsWith("jdbc:")) {
      throw InvalidSettingException.withoutValue(
          prefix + ".url",
          url == null || url.isBlank()
              ? "must be set to a JDBC URL (value: empty)"
              : "must be a JDBC URL, which starts with \"jdbc:\"",
          null);
    }
    HikariConfig config = properties.pool().copy();
    config.setPoolName(properties.name() + "-" + node);
    config.setJdbcUrl(url);
    config.setUsername(username);
    config.setPassword(password);
    String driver = properties.primary().driverClassName();
    if (driver != null) {
      try {
        config.setDriverClassName(driver);
      } catch (RuntimeException e) {
        throw InvalidSettingException.of(
            "primary.driver-class-name", "must be a JDBC driver on the class path", driver);
      }
    }
    // A server that is down must not keep the application from starting: the builder decides.
    config.setInitializationFailTimeout(-1);
    return config;
  }

  /**
   * Hands a value to what knows its rule.
   *
   * @throws InvalidSettingException if that refuses it
   */
  static <T> void set(String property, T value, Consumer<T> setter) {
    try {
      setter.accept(value);
    } catch (IllegalArgumentException e) {
      throw InvalidSettingException.of(property, String.valueOf(e.getMessage()), value);
    }
  }
}
