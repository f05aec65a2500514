// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires what has no dependencies of its own. */
@Configuration(proxyBeanMethods = false)
class AccountConfiguration {

  private static final int REMEMBERED_ORIGINS = 50_000;

  @Bean
  LoginBackoff loginBackoff(Clock clock) {
    return new LoginBackoff(clock, REMEMBERED_ORIGINS);
  }
}
