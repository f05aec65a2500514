// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.scalingtoolkit.replication.ReplicationDataSource;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Adds {@code /actuator/replication}, and hides our secrets in the other endpoints. */
@AutoConfiguration(after = ReplicationAutoConfiguration.class)
@ConditionalOnClass({
  ReplicationDataSource.class,
  Endpoint.class,
  ConditionalOnAvailableEndpoint.class
})
public final class ReplicationEndpointAutoConfiguration {
  ReplicationEndpointAutoConfiguration() {}

  @Bean
  SanitizingFunction toolkitSecretSettings() {
    return new SecretSettings();
  }

  /** The endpoint. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnSingleCandidate(ReplicationDataSource.class)
  @ConditionalOnAvailableEndpoint(ReplicationEndpoint.class)
  static final class Exposed {
    @Bean
    @ConditionalOnMissingBean
    ReplicationEndpoint replicationEndpoint(ReplicationDataSource dataSource) {
      return new ReplicationEndpoint(ReplicationEndpoint.Controls.of(dataSource));
    }

    @Bean
    @ConditionalOnMissingBean
    ReplicationEndpointWebExtension replicationEndpointWebExtension(ReplicationEndpoint endpoint) {
      return new ReplicationEndpointWebExtension(endpoint);
    }
  }
}
