// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.replication.ReplicationDataSourceBuilder;
import io.scalingtoolkit.replication.RouteListener;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/**
 * Makes a {@link ReplicationDataSource} the data source of the application.
 *
 * <p>Active once {@code toolkit.replication.primary.url} is set, unless {@code
 * toolkit.replication.enabled} is false or the application has a {@link DataSource} of its own. All
 * {@link RouteListener} beans are told of decisions. Closed before its pools, which are no beans.
 */
@AutoConfiguration(
    beforeName = {
      "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.XADataSourceAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.JndiDataSourceAutoConfiguration"
    },
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure"
          + ".CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
    })
@ConditionalOnClass(ReplicationDataSource.class)
@ConditionalOnBooleanProperty(name = "toolkit.replication.enabled", matchIfMissing = true)
@ConditionalOnProperty("toolkit.replication.primary.url")
@ConditionalOnMissingBean(DataSource.class)
@EnableConfigurationProperties(ReplicationProperties.class)
public final class ReplicationAutoConfiguration {
  ReplicationAutoConfiguration() {}

  @Bean
  ReplicationPools replicationPools(
      ReplicationProperties properties, ObjectProvider<MeterRegistry> registry) {
    return new ReplicationPools(new Settings(properties), registry.getIfUnique());
  }

  @Bean
  @Primary
  ReplicationDataSource replicationDataSource(
      ReplicationProperties properties,
      ReplicationPools replicationPools,
      ObjectProvider<MeterRegistry> registry,
      ObjectProvider<RouteListener> listeners) {
    ReplicationDataSourceBuilder builder = new Settings(properties).builder(replicationPools::pool);
    registry.ifUnique(builder::meterRegistry);
    List<RouteListener> told = listeners.orderedStream().toList();
    if (!told.isEmpty()) {
      builder.listener(decision -> told.forEach(listener -> listener.routed(decision)));
    }
    return builder.build();
  }

  /** Routing decisions as events of observations. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(ObservationRegistry.class)
  @ConditionalOnBooleanProperty("toolkit.replication.observe")
  static final class Observed {
    @Bean
    @ConditionalOnBean(ObservationRegistry.class)
    ObservedRoutes observedRoutes(ObservationRegistry registry) {
      return new ObservedRoutes(registry);
    }
  }
}
