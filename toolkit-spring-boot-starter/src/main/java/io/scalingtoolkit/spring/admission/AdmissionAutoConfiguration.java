// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.spring.address.AddressAutoConfiguration;
import io.scalingtoolkit.spring.address.ClientAddresses;
import io.scalingtoolkit.spring.limit.RefusalWriter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.util.EnumSet;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Admits requests by load.
 *
 * <p>Active in a servlet application where {@code toolkit.admission.enabled} is true. A {@link
 * RefusalWriter} bean writes the answers to those that are turned away.
 */
@AutoConfiguration(
    after = AddressAutoConfiguration.class,
    afterName =
        "org.springframework.boot.micrometer.metrics.autoconfigure"
            + ".CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass({Filter.class, FilterRegistrationBean.class, PathPatternParser.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty("toolkit.admission.enabled")
@EnableConfigurationProperties(AdmissionProperties.class)
public final class AdmissionAutoConfiguration {
  AdmissionAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  AdmissionLimiters admissionLimiters(
      AdmissionProperties properties,
      ObjectProvider<MonotonicClock> clock,
      ObjectProvider<MeterRegistry> registry) {
    return new AdmissionLimiters(
        properties, clock.getIfUnique(MonotonicClock::system), registry.getIfUnique());
  }

  @Bean
  @ConditionalOnMissingBean(name = "admissionFilterRegistration")
  FilterRegistrationBean<AdmissionFilter> admissionFilterRegistration(
      AdmissionLimiters limiters,
      ClientAddresses addresses,
      ObjectProvider<RefusalWriter> writer,
      ObjectProvider<MonotonicClock> clock) {
    FilterRegistrationBean<AdmissionFilter> registration =
        new FilterRegistrationBean<>(
            new AdmissionFilter(
                limiters,
                addresses,
                writer.getIfUnique(RefusalWriter::problems),
                clock.getIfUnique(MonotonicClock::system)));
    registration.setOrder(AdmissionFilter.ORDER);
    registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST));
    return registration;
  }
}
