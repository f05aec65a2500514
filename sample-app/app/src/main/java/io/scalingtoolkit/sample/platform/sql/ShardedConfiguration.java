// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.replication.ReplicationDataSourceBuilder;
import io.scalingtoolkit.replication.ReplicationException;
import io.scalingtoolkit.sample.platform.ops.StartRefusedException;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.ShardedDataSourceBuilder;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.move.Mover;
import io.scalingtoolkit.sharding.unique.UniqueKeys;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.flyway.autoconfigure.FlywayDataSource;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.jdbc.health.DataSourceHealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.support.JdbcTransactionManager;

/**
 * Several databases that have the users between them, each a primary with its replicas. A
 * connection leads to the shard of the user whose transaction it is, see {@link Transactions}.
 */
@Configuration(proxyBeanMethods = false)
@Conditional(ServerConfiguration.HasServer.class)
@ConditionalOnProperty(ServerConfiguration.SHARD)
@Import(ShardBeans.class)
class ShardedConfiguration {

  @Bean
  ShardPools shardPools(DatabaseServer server, DatabaseSettings settings, MeterRegistry meters) {
    return pools(server, settings, meters);
  }

  static ShardPools pools(DatabaseServer server, DatabaseSettings settings, MeterRegistry meters) {
    Map<String, ShardPools.Shard> shards = new LinkedHashMap<>();
    for (DatabaseSettings.Shard shard : settings.shards()) {
      shards.put(shard.word(), open(shard, server, settings, meters));
    }
    return new ShardPools(shards);
  }

  private static ShardPools.Shard open(
      DatabaseSettings.Shard shard,
      DatabaseServer server,
      DatabaseSettings settings,
      MeterRegistry meters) {
    String name = shard.word();
    HikariDataSource writer =
        ServerConfiguration.writer(name + "-writer", server, shard.writerUrl(), settings);
    List<HikariDataSource> replicas = new ArrayList<>();
    ReplicationDataSourceBuilder routed =
        ReplicationDataSource.builder(writer).name(name).meterRegistry(meters);
    for (DatabaseSettings.Node node : shard.replicas()) {
      String replica = "replica" + (replicas.size() + 1);
      HikariDataSource pool =
          ServerConfiguration.replica(name + "-" + replica, server, node.url(), settings);
      replicas.add(pool);
      routed.replica(replica, pool);
    }
    try {
      return new ShardPools.Shard(writer, replicas, routed.build());
    } catch (ReplicationException e) {
      throw new StartRefusedException(
          "app.database.shards, %s: %s".formatted(name, e.getMessage()), e);
    }
  }

  @Bean(defaultCandidate = false)
  @FlywayDataSource
  HikariDataSource controlPool(ShardPools pools) {
    return pools.shard(pools.names().get(0)).writer();
  }

  @Bean
  Shards shards(
      ShardPools pools,
      SlotMigration slots,
      @Value("${spring.flyway.locations}") List<String> locations) {
    Shards shards = new Shards(pools, slots, locations);
    shards.prepare();
    return shards;
  }

  /** Every shard has been migrated by now, with a migration that Spring Boot's Flyway lacks. */
  @Bean
  FlywayMigrationStrategy flywayMigrationStrategy() {
    return flyway -> {};
  }

  @Bean
  Mover mover(Shards shards, MeterRegistry meters) throws SQLException {
    return shards.mover().meterRegistry(meters).build();
  }

  @Bean
  @Primary
  ShardedDataSource dataSource(Shards shards, ShardPools pools, Mover mover, MeterRegistry meters)
      throws SQLException {
    try {
      ShardedDataSourceBuilder builder =
          ShardedDataSource.builder(ShardMapStore.jdbc(shards.control()))
              .meterRegistry(meters)
              .unblockedBy(mover);
      pools.names().forEach(name -> builder.shard(name, pools.shard(name).routed()));
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new StartRefusedException("app.database.shards: " + e.getMessage(), e);
    }
  }

  @Bean
  UniqueKeys uniqueKeys(ShardedDataSource dataSource) {
    return UniqueKeys.of(dataSource);
  }

  @Bean
  JdbcTransactionManager transactionManager(ShardedDataSource dataSource) {
    return new ReplicatedTransactionManager(dataSource);
  }

  /** In place of Spring Boot's, which would ask for a connection to no shard in particular. */
  @Bean
  CompositeHealthContributor dbHealthContributor(ShardPools pools) {
    Map<String, HealthIndicator> primaries = new LinkedHashMap<>();
    pools
        .names()
        .forEach(
            name -> primaries.put(name, new DataSourceHealthIndicator(pools.shard(name).writer())));
    return CompositeHealthContributor.fromMap(primaries);
  }
}
