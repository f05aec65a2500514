// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.sharding;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.ShardedDataSourceBuilder;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.move.Mover;
import io.scalingtoolkit.sharding.move.SlotGuard;
import io.scalingtoolkit.spring.InvalidPropertyException;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/**
 * Makes a {@link ShardedDataSource} the data source of the application.
 *
 * <p>Active once {@code toolkit.sharding.control} is set, unless {@code toolkit.sharding.enabled}
 * is false or the application has a {@link DataSource} of its own. With a {@link SlotGuard} bean
 * there is a {@link Mover} too, which lets writers in again where another one died. Closed before
 * its pools, which are no beans.
 */
@AutoConfiguration(
    beforeName = {
      "io.scalingtoolkit.spring.replication.ReplicationAutoConfiguration",
      "io.scalingtoolkit.spring.actuator.ShardsEndpointAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.XADataSourceAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.JndiDataSourceAutoConfiguration"
    },
    afterName =
        "org.springframework.boot.micrometer.metrics.autoconfigure"
            + ".CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(ShardedDataSource.class)
@ConditionalOnBooleanProperty(name = "toolkit.sharding.enabled", matchIfMissing = true)
@ConditionalOnProperty("toolkit.sharding.control")
@ConditionalOnMissingBean(DataSource.class)
@EnableConfigurationProperties(ShardingProperties.class)
public final class ShardingAutoConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(ShardingAutoConfiguration.class);

  ShardingAutoConfiguration() {}

  @Bean
  ShardPools shardPools(ShardingProperties properties, ObjectProvider<MeterRegistry> registry) {
    return new ShardPools(properties, registry.getIfUnique());
  }

  @Bean
  @ConditionalOnMissingBean
  ShardMapStore shardMapStore(ShardingProperties properties, ShardPools shardPools)
      throws SQLException {
    ShardMapStore store = ShardMapStore.jdbc(shardPools.control(properties.control()));
    if (properties.createMap()) {
      String[] names = properties.shards().keySet().stream().sorted().toArray(String[]::new);
      if (store.create(ShardMap.of(names))) {
        LOG.info("shards.first: a map over {} was made in {}", names, properties.control());
      }
    }
    return store;
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean(SlotGuard.class)
  Mover mover(
      ShardingProperties properties,
      ShardPools shardPools,
      SlotGuard guard,
      ObjectProvider<MeterRegistry> registry)
      throws SQLException {
    Mover.Builder builder = Mover.builder(shardPools.control(properties.control()), guard);
    shardPools.primaries().forEach(builder::shard);
    registry.ifUnique(builder::meterRegistry);
    return builder.build();
  }

  @Bean
  @Primary
  ShardedDataSource shardedDataSource(
      ShardingProperties properties,
      ShardPools shardPools,
      ShardMapStore store,
      ObjectProvider<Mover> mover,
      ObjectProvider<MeterRegistry> registry)
      throws SQLException {
    ShardedDataSourceBuilder builder = ShardedDataSource.builder(store);
    shardPools.routed().forEach(builder::shard);
    registry.ifUnique(builder::meterRegistry);
    mover.ifUnique(builder::unblockedBy);
    try {
      return builder
          .freshness(properties.freshness())
          .refreshInterval(properties.refreshInterval())
          .readLease(properties.readLease())
          .patience(properties.patience())
          .build();
    } catch (IllegalArgumentException e) {
      throw new InvalidPropertyException(
          ShardingProperties.PREFIX, String.valueOf(e.getMessage()), properties);
    } catch (SQLException e) {
      if (ShardMapStore.NO_MAP.equals(e.getSQLState())) {
        throw new InvalidPropertyException(
            ShardingProperties.PREFIX + ".create-map",
            "must be true at the first start, because "
                + properties.control()
                + " has no map; if this is not the first start, control names the wrong shard",
            properties.createMap());
      }
      throw e;
    }
  }
}
