// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.sharding;

import io.scalingtoolkit.sharding.ShardedDataSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.jdbc.health.DataSourceHealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * Adds the primary of each shard to {@code /actuator/health}, as {@code db}, in place of Boot's
 * own, which would ask for a connection to no shard in particular.
 */
@AutoConfiguration(
    after = ShardingAutoConfiguration.class,
    beforeName =
        "org.springframework.boot.jdbc.autoconfigure.health.DataSourceHealthContributorAutoConfiguration")
@ConditionalOnClass({
  ShardedDataSource.class,
  HealthContributor.class,
  DataSourceHealthIndicator.class,
  ConditionalOnEnabledHealthIndicator.class
})
@ConditionalOnBean(ShardPools.class)
@ConditionalOnEnabledHealthIndicator("db")
public final class ShardingHealthAutoConfiguration {
  ShardingHealthAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(name = {"dbHealthIndicator", "dbHealthContributor"})
  CompositeHealthContributor dbHealthContributor(ShardPools shardPools) {
    Map<String, HealthIndicator> shards = new LinkedHashMap<>();
    shardPools
        .primaries()
        .forEach((name, pool) -> shards.put(name, new DataSourceHealthIndicator(pool)));
    return CompositeHealthContributor.fromMap(shards);
  }
}
