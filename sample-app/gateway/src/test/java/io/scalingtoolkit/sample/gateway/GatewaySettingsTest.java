// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class GatewaySettingsTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void settings_outOfRange_nameSettingRuleAndValue() {
    assertThatThrownBy(() -> settings(0, SECOND, SECOND, "/x"))
        .hasMessage("gateway.max-body must be at least 1 byte; got 0");
    assertThatThrownBy(() -> settings(1, Duration.ZERO, SECOND, "/x"))
        .hasMessage("gateway.connect-timeout must be at least 1 ms; got PT0S");
    assertThatThrownBy(() -> settings(1, SECOND, Duration.ofMillis(-5), "/x"))
        .hasMessage("gateway.response-timeout must be at least 1 ms; got PT-0.005S");
    assertThatThrownBy(() -> settings(1, SECOND, SECOND, "x"))
        .hasMessage("gateway.probe-path must begin with a slash; got x");
  }

  /** Settings that suit a test, with probes at this interval. */
  static GatewaySettings probing(Duration interval) {
    return new GatewaySettings(
        null, DataSize.ofKilobytes(64), SECOND, SECOND, "/ready", interval, SECOND);
  }

  private static GatewaySettings settings(
      long body, Duration connect, Duration response, String probe) {
    return new GatewaySettings(
        null, DataSize.ofBytes(body), connect, response, probe, SECOND, SECOND);
  }
}
