// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.move.Mover;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Adds {@code /actuator/shards} where there is a {@link ShardedDataSource}. */
@AutoConfiguration
@ConditionalOnClass({ShardedDataSource.class, Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnAvailableEndpoint(ShardsEndpoint.class)
@ConditionalOnBean(ShardedDataSource.class)
public final class ShardsEndpointAutoConfiguration {
  ShardsEndpointAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  ShardsEndpoint shardsEndpoint(ShardedDataSource dataSource, ObjectProvider<Mover> mover) {
    return new ShardsEndpoint(dataSource, mover.getIfAvailable());
  }
}
