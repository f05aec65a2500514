// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import org.apache.catalina.Container;
import org.apache.catalina.Pipeline;
import org.apache.catalina.Valve;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Tomcat's own answers in the form of the contract. */
@Configuration(proxyBeanMethods = false)
class ContainerConfiguration {

  /** Runs after Spring Boot's own customizer, whose valve it replaces. */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> containerProblems() {
    return factory -> factory.addContextCustomizers(context -> replaceReport(context.getParent()));
  }

  private static void replaceReport(Container host) {
    Pipeline pipeline = host.getPipeline();
    for (Valve valve : pipeline.getValves()) {
      if (valve instanceof ErrorReportValve) {
        pipeline.removeValve(valve);
      }
    }
    pipeline.addValve(new ContainerProblems());
    if (host instanceof StandardHost standard) {
      standard.setErrorReportValveClass(ContainerProblems.class.getName());
    }
  }
}
