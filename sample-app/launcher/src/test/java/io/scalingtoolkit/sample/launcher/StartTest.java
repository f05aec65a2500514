// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class StartTest {

  @Test
  void environment_hasCachesFromPhaseTwoOn() {
    assertThat(Start.environment(options(1), Engines.NONE)).isEmpty();
    assertThat(Start.environment(options(2), Engines.NONE))
        .containsEntry("TOOLKIT_CACHE_ENABLED", "true")
        .containsEntry("APP_SECURITY_SESSIONCACHE", "true")
        .hasSize(2);
  }

  private static Start.Options options(int phase) {
    return new Start.Options(
        phase, Database.POSTGRES, false, 8080, null, false, 1, BalancerKind.GATEWAY);
  }
}
