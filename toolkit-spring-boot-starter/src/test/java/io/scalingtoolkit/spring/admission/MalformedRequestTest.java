// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.spring.web.WebApplication;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Tomcat refuses by itself, and would not come to a filter, has the answer it had before. */
final class MalformedRequestTest {
  private static final WebApplication WITHOUT = WebApplication.start(List.of());
  private static final WebApplication WITH =
      WebApplication.start(
          List.of(),
          "toolkit.admission.enabled=true",
          "toolkit.admission.exclude=/where",
          "toolkit.admission.routes.root.paths=/items/**",
          "toolkit.limits.policies.late.permits=1000",
          "toolkit.limits.policies.late.period=1h",
          "toolkit.limits.policies.late.key=ip",
          "toolkit.limits.policies.late.paths=/**");

  @AfterAll
  static void stop() {
    WITH.close();
    WITHOUT.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GARBAGE\r\n\r\n",
        "GET\r\n\r\n",
        "\u0000\u0001\u0002\r\n\r\n",
        "GET /items\u0000 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /<items> HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /../items HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /%2fitems HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET items HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /items HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /items HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        "GET /items HTTP/9.9\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET http:// HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "POST /items HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",
        "TRACE /items HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nConnection: close\r\n\r\n"
      })
  void request_thatTomcatRefuses_isAnsweredAsWithoutAdmission(String text) {
    int expected = WITHOUT.client().sendText(text).status();

    assertThat(WITH.client().sendText(text).status()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {9_000, 60_000})
  void header_thatIsTooLarge_isAnsweredAsWithoutAdmission(int length) {
    String text = "GET /items HTTP/1.1\r\nHost: a\r\nX-A: " + "h".repeat(length) + "\r\n\r\n";

    assertThat(WITH.client().sendText(text).status())
        .isEqualTo(WITHOUT.client().sendText(text).status())
        .isBetween(400, 499);
  }
}
