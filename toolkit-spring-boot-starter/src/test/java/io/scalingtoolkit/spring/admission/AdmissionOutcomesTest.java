// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.spring.address.ClientAddresses;
import io.scalingtoolkit.spring.address.ForwardedHeader;
import io.scalingtoolkit.spring.limit.Refusal;
import io.scalingtoolkit.spring.limit.RefusalWriter;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockAsyncContext;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

/** What makes the limit sink: signs of overload, and not faults. */
class AdmissionOutcomesTest {
  private static final int REQUESTS = 2_000;
  private static final int INITIAL = 64;

  private final ManualClock clock = ManualClock.atEpoch();
  private final AdmissionLimiters limiters =
      new AdmissionLimiters(
          new AdmissionProperties(
              true,
              new AdmissionProperties.Limiter(null, 1, 1_000, INITIAL, null, null),
              Map.of(),
              Map.of(),
              List.of()),
          clock.monotonic(),
          null);
  private final AdmissionFilter filter =
      new AdmissionFilter(
          new AdmissionGate(
              limiters,
              ClientAddresses.trusting("proxies", List.of(), ForwardedHeader.AUTO),
              RefusalWriter.problems(),
              clock.monotonic()));

  private int limitAfter(FilterChain chain) {
    for (int i = 0; i < REQUESTS; i++) {
      MockHttpServletRequest request = new MockHttpServletRequest("GET", "/x");
      Throwable unused =
          catchThrowable(() -> filter.doFilter(request, new MockHttpServletResponse(), chain));
      clock.advance(Duration.ofMillis(1));
    }
    assertThat(limiters.limiters().get(0).inFlight()).isZero();
    return limiters.limiters().get(0).snapshot().limit();
  }

  private static FilterChain status(int status) {
    return (request, response) -> ((HttpServletResponse) response).setStatus(status);
  }

  @Test
  void limit_afterRefusalsFurtherDown_sinks() {
    assertThat(limitAfter(status(503))).isLessThan(INITIAL / 4);
  }

  @Test
  void limit_afterBadGateways_sinks() {
    assertThat(limitAfter(status(502))).isLessThan(INITIAL / 4);
  }

  @Test
  void limit_afterErrorsAtOnce_stays() {
    assertThat(limitAfter(status(500))).isGreaterThanOrEqualTo(INITIAL / 2);
    assertThat(
            limitAfter(
                (request, response) -> {
                  throw new IllegalStateException("a fault");
                }))
        .isGreaterThanOrEqualTo(INITIAL / 2);
  }

  @Test
  void limit_afterErrorsThatTookTooLong_sinks() {
    int limit =
        limitAfter(
            (request, response) -> {
              clock.advance(Duration.ofMillis(250));
              throw new IllegalStateException("waited for a connection");
            });

    assertThat(limit).isLessThan(INITIAL / 4);
  }

  @Test
  void limit_afterClientsThatWentAway_stays() {
    int limit =
        limitAfter(
            (request, response) -> {
              clock.advance(Duration.ofMillis(250));
              throw new IOException("broken pipe");
            });

    assertThat(limit).isGreaterThanOrEqualTo(INITIAL / 2);
  }

  @Test
  void limit_afterRefusalsByALimitFurtherIn_stays() {
    int limit =
        limitAfter(
            (request, response) -> {
              request.setAttribute(
                  Refusal.ATTRIBUTE, new Refusal(429, Duration.ofSeconds(1), List.of("p")));
              ((HttpServletResponse) response).setStatus(429);
            });

    assertThat(limit).isEqualTo(INITIAL);
  }

  /** Requests whose asynchronous part times out after a time, and is answered with a status. */
  private int limitAfterTimeouts(Duration after, int status, boolean refused) throws Exception {
    for (int i = 0; i < REQUESTS; i++) {
      MockHttpServletRequest request = new MockHttpServletRequest("GET", "/x");
      request.setAsyncSupported(true);
      MockHttpServletResponse response = new MockHttpServletResponse();
      filter.doFilter(request, response, (asked, answer) -> asked.startAsync(asked, answer));
      clock.advance(after);
      MockAsyncContext context = (MockAsyncContext) request.getAsyncContext();
      for (AsyncListener listener : context.getListeners()) {
        listener.onTimeout(new AsyncEvent(context, request, response));
      }
      if (refused) {
        request.setAttribute(
            Refusal.ATTRIBUTE, new Refusal(status, Duration.ofSeconds(1), List.of("p")));
      }
      response.setStatus(status);
      context.complete();
    }
    assertThat(limiters.limiters().get(0).inFlight()).isZero();
    return limiters.limiters().get(0).snapshot().limit();
  }

  @Test
  void limit_afterTimeoutsOfWhichNothingElseIsKnown_sinks() throws Exception {
    assertThat(limitAfterTimeouts(Duration.ofMillis(10), 503, false)).isLessThan(INITIAL / 4);
  }

  @Test
  void limit_afterTimeoutsThatTookTooLong_sinks() throws Exception {
    assertThat(limitAfterTimeouts(Duration.ofMillis(250), 200, false)).isLessThan(INITIAL / 4);
  }

  @Test
  void limit_afterShortPollsThatFoundNothing_stays() throws Exception {
    assertThat(limitAfterTimeouts(Duration.ofMillis(10), 204, false)).isEqualTo(INITIAL);
  }

  @Test
  void limit_afterTimeoutsOfWhatALimitFurtherInRefused_stays() throws Exception {
    assertThat(limitAfterTimeouts(Duration.ofMillis(250), 429, true)).isEqualTo(INITIAL);
  }
}
