// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import io.scalingtoolkit.spring.admission.AdmissionAutoConfiguration;
import io.scalingtoolkit.spring.admission.AdmissionLimiters;
import io.scalingtoolkit.spring.limit.LimitAutoConfiguration;
import io.scalingtoolkit.spring.limit.LimitPolicies;
import jakarta.servlet.Filter;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;

/** Adds {@code /actuator/limits}. */
@AutoConfiguration(after = {LimitAutoConfiguration.class, AdmissionAutoConfiguration.class})
@ConditionalOnClass({Filter.class, Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnAvailableEndpoint(LimitsEndpoint.class)
public final class LimitsEndpointAutoConfiguration {
  LimitsEndpointAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  LimitsEndpoint limitsEndpoint(
      ObjectProvider<LimitPolicies> policies, ObjectProvider<AdmissionLimiters> admission) {
    return new LimitsEndpoint(policies.getIfUnique(), admission.getIfUnique());
  }

  @Bean
  @ConditionalOnMissingBean
  LimitsEndpointWebExtension limitsEndpointWebExtension(LimitsEndpoint endpoint) {
    return new LimitsEndpointWebExtension(endpoint);
  }
}
