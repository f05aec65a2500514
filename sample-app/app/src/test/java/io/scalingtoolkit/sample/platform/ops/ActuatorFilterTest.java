// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.ops;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.filter.ForwardedHeaderFilter;

/** Nobody talks himself into being this machine, however the application is set to read proxies. */
final class ActuatorFilterTest {
  private static MockHttpServletRequest from(String address) {
    MockHttpServletRequest request = new MockHttpServletRequest("POST", "/actuator/limits");
    request.setServletPath("/actuator/limits");
    request.setRemoteAddr(address);
    return request;
  }

  @Test
  void directLoopback_isThisMachine() {
    assertThat(ActuatorFilter.isDirectLoopback(from("127.0.0.1"))).isTrue();
    assertThat(ActuatorFilter.isDirectLoopback(from("10.0.0.7"))).isFalse();
  }

  @Test
  void forgedHeader_readByTheFrameworkStrategy_isNotThisMachine() throws Exception {
    MockHttpServletRequest request = from("203.0.113.9");
    request.addHeader("X-Forwarded-For", "127.0.0.1");
    MockFilterChain chain = new MockFilterChain();
    new ForwardedHeaderFilter().doFilter(request, new MockHttpServletResponse(), chain);
    HttpServletRequest seen = (HttpServletRequest) chain.getRequest();
    assertThat(seen.getRemoteAddr()).isEqualTo("127.0.0.1");
    assertThat(seen.getHeader("X-Forwarded-For")).isNull();

    assertThat(ActuatorFilter.isDirectLoopback(seen)).isFalse();
  }

  @Test
  void forgedHeader_takenOutByTomcatsValve_isNotThisMachine() {
    MockHttpServletRequest request = from("127.0.0.1"); // which the valve has put there
    request.setAttribute("org.apache.tomcat.request.forwarded", true);

    assertThat(ActuatorFilter.isDirectLoopback(request)).isFalse();
  }
}
