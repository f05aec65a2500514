// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import jakarta.servlet.Filter;
import org.apache.catalina.Valve;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/** Has Tomcat refuse requests without waiting for their bodies. */
@AutoConfiguration
@ConditionalOnClass({Filter.class, Valve.class, ConfigurableTomcatWebServerFactory.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
public final class RefusalAutoConfiguration {
  RefusalAutoConfiguration() {}

  @Bean
  UnreadBodyValveCustomizer unreadBodyValveCustomizer() {
    return new UnreadBodyValveCustomizer();
  }

  /** Comes ahead of what refuses requests in a valve. */
  static final class UnreadBodyValveCustomizer
      implements WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory>, Ordered {
    @Override
    public void customize(ConfigurableTomcatWebServerFactory factory) {
      factory.addEngineValves(new UnreadBodyValve());
    }

    @Override
    public int getOrder() {
      return 0;
    }
  }
}
