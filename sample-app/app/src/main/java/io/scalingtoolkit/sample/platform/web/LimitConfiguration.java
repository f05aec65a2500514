// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.scalingtoolkit.spring.limit.RefusalWriter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The answers to requests that the limits and the admission turn away, in the form of the API. */
@Configuration(proxyBeanMethods = false)
class LimitConfiguration {

  @Bean
  RefusalWriter refusalWriter(ProblemWriter problems) {
    return (request, response, refusal) -> {
      SecurityHeadersFilter.set(request, response); // admission refuses ahead of that filter
      problems.write(
          request,
          response,
          refusal.status() == ProblemType.TOO_MANY_REQUESTS.status()
              ? Problem.tooManyRequests(refusal.retryAfter())
              : Problem.unavailable(refusal.retryAfter()));
    };
  }
}
