// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.tracing.Tracer;
import io.scalingtoolkit.spring.limit.Refusal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import tools.jackson.databind.json.JsonMapper;

/** The answer to a request that is turned away ahead of all filters. */
class LimitConfigurationTest {
  @Test
  void refusal_aheadOfAllFilters_hasWhatEveryAnswerHas() throws Exception {
    ProblemWriter problems =
        new ProblemWriter(
            JsonMapper.builder().build(),
            new StaticListableBeanFactory().getBeanProvider(Tracer.class));
    MockHttpServletRequest request = new MockHttpServletRequest("GET", "/api/items");
    MockHttpServletResponse response = new MockHttpServletResponse();

    new LimitConfiguration()
        .refusalWriter(problems)
        .refuse(request, response, new Refusal(503, Duration.ofMillis(1_200), List.of()));

    assertThat(response.getStatus()).isEqualTo(503);
    assertThat(response.getHeader("Retry-After")).isEqualTo("2");
    assertThat(response.getContentType()).isEqualTo("application/problem+json");
    assertThat(response.getHeader("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(response.getHeader("Content-Security-Policy")).contains("default-src 'none'");
    assertThat(response.getHeader("Cache-Control")).isEqualTo("no-store");
    assertThat(response.getContentAsString()).contains("\"instance\":\"/api/items\"");
  }
}
