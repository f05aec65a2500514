// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.overload.AdaptiveLimiter;
import io.scalingtoolkit.core.overload.Priority;
import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.spring.address.ClientAddresses;
import io.scalingtoolkit.spring.address.ForwardedHeader;
import io.scalingtoolkit.spring.limit.RefusalWriter;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

/** A gate with room for one request of all, and for one that is dear. */
final class AdmissionGateTest {
  private static final AdmissionProperties.Limiter ONE =
      new AdmissionProperties.Limiter(null, 1, 1, 1, null, null);
  private static final AdmissionProperties.Limiter PATIENT =
      new AdmissionProperties.Limiter(Duration.ofSeconds(5), 1, 1, 1, null, null);

  private final ManualClock clock = ManualClock.atEpoch();
  private final AdmissionLimiters limiters = limiters(clock.monotonic());
  private final AdmissionGate gate = gate(limiters, clock.monotonic());

  private static AdmissionLimiters limiters(MonotonicClock clock) {
    return new AdmissionLimiters(
        new AdmissionProperties(
            true,
            ONE,
            Map.of("dear", PATIENT),
            Map.of(
                "dear",
                new AdmissionProperties.Route(
                    List.of("/dear"), Set.of(), Priority.DEFAULT, "dear")),
            List.of()),
        clock,
        null);
  }

  private static AdmissionGate gate(AdmissionLimiters limiters, MonotonicClock clock) {
    return new AdmissionGate(
        limiters,
        ClientAddresses.trusting("proxies", List.of(), ForwardedHeader.AUTO),
        RefusalWriter.problems(),
        clock);
  }

  static AdmissionGate gate(MonotonicClock clock) {
    return gate(limiters(clock), clock);
  }

  private int status(String path, long waitedNanos, AdmissionGate.Next next)
      throws ServletException, IOException {
    MockHttpServletResponse response = new MockHttpServletResponse();
    gate.pass(new MockHttpServletRequest("GET", path), response, waitedNanos, next);
    return response.getStatus();
  }

  private AdaptiveLimiter limiter(String name) {
    return limiters.limiters().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void dearRequest_commonLimiterIsFull_isTurnedAway() throws Exception {
    int outer = status("/cheap", 0, () -> assertThat(status("/dear", 0, () -> {})).isEqualTo(503));

    assertThat(outer).isEqualTo(200);
  }

  @Test
  void dearRequest_isHeldByItsOwnLimiterOnly() throws Exception {
    int outer =
        status(
            "/dear",
            0,
            () -> {
              assertThat(limiter("http").inFlight()).isZero();
              assertThat(limiter("dear").inFlight()).isEqualTo(1);
              assertThat(status("/dear", 0, () -> {})).isEqualTo(503);
              assertThat(status("/cheap", 0, () -> {})).isEqualTo(200);
            });

    assertThat(outer).isEqualTo(200);
    assertThat(limiter("dear").inFlight()).isZero();
  }

  @Test
  void request_waitedForTheDeadline_isTurnedAway() throws Exception {
    boolean[] ran = new boolean[1];
    AdmissionGate.Next next = () -> ran[0] = true;

    assertThat(status("/cheap", Duration.ofMillis(200).toNanos(), next)).isEqualTo(503);
    assertThat(ran[0]).isFalse();
    assertThat(status("/cheap", Duration.ofMillis(199).toNanos(), next)).isEqualTo(200);
    assertThat(ran[0]).isTrue();
  }

  @Test
  void dearRequest_hasTheDeadlineOfItsOwnLimiter() throws Exception {
    assertThat(status("/dear", Duration.ofMillis(4_999).toNanos(), () -> {})).isEqualTo(200);
    assertThat(status("/dear", Duration.ofSeconds(5).toNanos(), () -> {})).isEqualTo(503);
  }

  @Test
  void request_isAskedForOnce() throws Exception {
    MockHttpServletRequest request = new MockHttpServletRequest("GET", "/cheap");
    MockHttpServletResponse response = new MockHttpServletResponse();
    boolean[] ran = new boolean[1];

    gate.pass(request, response, 0, () -> gate.pass(request, response, 0, () -> ran[0] = true));

    assertThat(ran[0]).isTrue();
    assertThat(limiter("http").snapshot().admitted()).isEqualTo(1);
  }
}
