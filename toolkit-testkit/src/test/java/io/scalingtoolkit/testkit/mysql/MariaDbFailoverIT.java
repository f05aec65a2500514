// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link GtidFailoverContract} on real servers. */
class MariaDbFailoverIT extends GtidFailoverContract {
  @RegisterExtension
  final MariaDbExtension engine = MariaDbExtension.of(MariaDbCluster.builder().replicas(2));

  @Override
  MariaDbExtension engine() {
    return engine;
  }

  @Test
  void promote_delayThatWouldHaveToBeWaitedOut_isRefusedAndChangesNothing() {
    GtidNode delayed = engine.cluster().replica(0);
    delayed.applyDelay(Duration.ofSeconds(31));

    assertThatThrownBy(delayed::promote)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("with a delay of at most 30 s")
        .hasMessageEndingWith("has 31 s");
    assertThat(delayed.isPrimary()).isFalse();
    assertThat(engine.cluster().replicas()).contains(delayed);
  }
}
