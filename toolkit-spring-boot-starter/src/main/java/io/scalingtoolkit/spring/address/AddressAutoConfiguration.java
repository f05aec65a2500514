// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

import jakarta.servlet.Filter;
import org.apache.catalina.Valve;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;

/** Makes a {@link ClientAddresses} in a servlet application. */
@AutoConfiguration
@ConditionalOnClass(Filter.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@EnableConfigurationProperties(AddressProperties.class)
public final class AddressAutoConfiguration {
  AddressAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  ClientAddresses clientAddresses(AddressProperties properties) {
    return ClientAddresses.trusting(
        AddressProperties.PREFIX + ".trusted-proxies",
        properties.trustedProxies(),
        properties.header());
  }

  /** Sees the peer before Tomcat's own valves do. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({Valve.class, ConfigurableTomcatWebServerFactory.class})
  static final class Tomcat {
    @Bean
    PeerValveCustomizer peerValveCustomizer() {
      return new PeerValveCustomizer();
    }
  }

  /** Comes ahead of Spring Boot's customizer, which adds the valve that rewrites addresses. */
  static final class PeerValveCustomizer
      implements WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory>, Ordered {
    @Override
    public void customize(ConfigurableTomcatWebServerFactory factory) {
      factory.addEngineValves(new PeerValve());
    }

    @Override
    public int getOrder() {
      return HIGHEST_PRECEDENCE;
    }
  }
}
