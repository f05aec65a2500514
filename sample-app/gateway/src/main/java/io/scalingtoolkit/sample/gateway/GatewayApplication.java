// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Import;

/** Entry point of the gateway. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = ErrorMvcAutoConfiguration.class) // it would take /error away
@Import(GatewayConfiguration.class)
public class GatewayApplication {

  /** Not for callers: Spring instantiates this class. */
  GatewayApplication() {}

  /**
   * Starts the gateway and returns once it accepts requests.
   *
   * @param args Spring Boot arguments, for example {@code --server.port=8080}
   */
  public static void main(String[] args) {
    SpringApplication.run(GatewayApplication.class, args);
  }
}
