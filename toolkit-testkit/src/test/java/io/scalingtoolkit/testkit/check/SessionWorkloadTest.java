// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SessionWorkloadTest {
  @Test
  void build_outOfRange_isRefused() {
    refused(SessionWorkload.builder().sessions(0), "sessions must be from 1 to 65536; got 0");
    refused(SessionWorkload.builder().threads(0), "threads must be from 1 to 1024; got 0");
    refused(SessionWorkload.builder().keys(255), "keys must be from 256 to 1000000; got 255");
    refused(
        SessionWorkload.builder().operations(0), "operations must be from 1 to 100000000; got 0");
    refused(
        SessionWorkload.builder().writeShare(Double.NaN),
        "writeShare must lie between 0 and 1, neither included; got NaN");
    refused(
        SessionWorkload.builder().duration(Duration.ZERO),
        "duration must be more than zero and at most PT24H; got PT0S");
    refused(
        SessionWorkload.builder().sessions(4).threads(5),
        "threads must be at most the number of sessions, 4, unless sessions are shared; got 5");
  }

  @Test
  void run_notPrepared_isRefused() {
    SessionWorkload workload = SessionWorkload.builder().build();

    assertThatThrownBy(() -> workload.run((session, access, work) -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("prepare() must be called before each run()");
  }

  private static void refused(SessionWorkload.Builder builder, String message) {
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
