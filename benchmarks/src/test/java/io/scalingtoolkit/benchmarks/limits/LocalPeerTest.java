// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class LocalPeerTest {
  @ParameterizedTest
  @EnumSource
  void gate_permitsOfADay_areTakenOnce(LocalPeer peer) {
    Gate gate = peer.gate(1, Duration.ofDays(1), 1);

    assertThat(gate.tryAcquire()).isTrue();
    assertThat(gate.tryAcquire()).isFalse();
  }

  @Test
  void threeBandwidths_ofThoseThatHaveThem_admit() {
    for (String name : LocalPeer.withSeveralBandwidths().keySet()) {
      assertThat(LocalPeer.valueOf(name).threeBandwidths().tryAcquire()).isTrue();
    }
  }

  @Test
  void rateError_ofOurs_isBelowAPartInAMillion() {
    assertThat(RateError.worst()).isBetween(0.0, 1e-6);
  }
}
