// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.lettuce.core.AbstractRedisClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.spring.InvalidPropertyException;
import io.scalingtoolkit.spring.address.AddressAutoConfiguration;
import io.scalingtoolkit.spring.address.ClientAddresses;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.util.EnumSet;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Limits requests by the policies under {@code toolkit.limits.policies}.
 *
 * <p>Active in a servlet application unless {@code toolkit.limits.enabled} is false. A {@link
 * LimiterBackend} bean keeps the counts in place of this process, and a {@link RefusalWriter} bean
 * writes the answers.
 */
@AutoConfiguration(
    after = AddressAutoConfiguration.class,
    afterName =
        "org.springframework.boot.micrometer.metrics.autoconfigure"
            + ".CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass({Filter.class, FilterRegistrationBean.class, WebMvcConfigurer.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(name = "toolkit.limits.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LimitProperties.class)
public final class LimitAutoConfiguration {
  LimitAutoConfiguration() {}

  /** Counts in Redis. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(AbstractRedisClient.class)
  @ConditionalOnProperty(name = "toolkit.limits.backend", havingValue = "redis")
  static class Shared {
    @Bean
    @ConditionalOnMissingBean(LimiterBackend.class)
    RedisBackend limiterBackend(
        LimitProperties properties, ObjectProvider<MeterRegistry> registry) {
      return RedisBackend.connect(properties.redis(), properties.maxKeys(), registry.getIfUnique());
    }
  }

  /** Counts in this process. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(
      name = "toolkit.limits.backend",
      havingValue = "local",
      matchIfMissing = true)
  static class Local {
    @Bean
    @ConditionalOnMissingBean(LimiterBackend.class)
    LocalBackend limiterBackend(LimitProperties properties, ObjectProvider<MonotonicClock> clock) {
      return new LocalBackend(properties.maxKeys(), clock.getIfUnique(MonotonicClock::system));
    }
  }

  /** Says what is missing, in place of counting where nobody asked for it. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingClass("io.lettuce.core.AbstractRedisClient")
  @ConditionalOnProperty(name = "toolkit.limits.backend", havingValue = "redis")
  static class Missing {
    @Bean
    @ConditionalOnMissingBean(LimiterBackend.class)
    LimiterBackend limiterBackend() {
      throw new InvalidPropertyException(
          LimitProperties.PREFIX + ".backend",
          "must be local where io.lettuce:lettuce-core is not on the class path",
          "redis");
    }
  }

  @Bean
  @ConditionalOnMissingBean
  LimitPolicies limitPolicies(
      LimitProperties properties,
      LimiterBackend backend,
      Environment environment,
      ObjectProvider<MeterRegistry> registry) {
    return new LimitPolicies(
        backend,
        properties.fields(),
        () -> configured(environment),
        new LimitMeters(registry.getIfUnique()));
  }

  /** Reads them anew: the properties bean keeps what they were at the start. */
  private static List<LimitPolicy> configured(Environment environment) {
    return Binder.get(environment, new NoUnboundElementsBindHandler(BindHandler.DEFAULT))
        .bindOrCreate(LimitProperties.PREFIX, Bindable.of(LimitProperties.class))
        .checked();
  }

  @Bean
  @ConditionalOnMissingBean(name = "limitFilterRegistration")
  FilterRegistrationBean<LimitFilter> limitFilterRegistration(
      LimitPolicies policies, ClientAddresses addresses, ObjectProvider<RefusalWriter> writer) {
    FilterRegistrationBean<LimitFilter> registration =
        new FilterRegistrationBean<>(
            new LimitFilter(policies, addresses, writer.getIfUnique(RefusalWriter::problems)));
    registration.setOrder(LimitFilter.ORDER);
    registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST));
    return registration;
  }

  /** Asks ahead of all other interceptors. */
  @Configuration(proxyBeanMethods = false)
  static class Routed implements WebMvcConfigurer {
    private final LimitInterceptor interceptor;

    Routed(
        LimitPolicies policies, ClientAddresses addresses, ObjectProvider<RefusalWriter> writer) {
      interceptor =
          new LimitInterceptor(policies, addresses, writer.getIfUnique(RefusalWriter::problems));
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
      registry.addInterceptor(interceptor).order(Ordered.HIGHEST_PRECEDENCE);
    }
  }
}
