// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.scalingtoolkit.replication.ReplicationDataSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.context.annotation.Bean;

/** Adds the state of the nodes to {@code /actuator/health}, as {@code replication}. */
@AutoConfiguration(after = ReplicationAutoConfiguration.class)
@ConditionalOnClass({
  ReplicationDataSource.class,
  HealthContributor.class,
  ConditionalOnEnabledHealthIndicator.class
})
@ConditionalOnSingleCandidate(ReplicationDataSource.class)
@ConditionalOnEnabledHealthIndicator("replication")
public final class ReplicationHealthAutoConfiguration {
  ReplicationHealthAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(name = "replicationHealthContributor")
  ReplicationHealth replicationHealthContributor(ReplicationDataSource dataSource) {
    return new ReplicationHealth(dataSource::status);
  }
}
