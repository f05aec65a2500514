// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class CachePeerTest {
  private static final List<Long> KEYS = List.of(1L, 1_000L, 1_000_000L);

  @ParameterizedTest
  @EnumSource
  void filled_withoutMetrics_holdsAllKeys(CachePeer peer) {
    Lookup cache = peer.filled(KEYS, false);

    assertThat(KEYS).allSatisfy(key -> assertThat(cache.get(key)).isSameAs(key));
  }

  @ParameterizedTest
  @EnumSource
  void filled_withMetrics_holdsAllKeys(CachePeer peer) {
    Lookup cache = peer.filled(KEYS, true);

    assertThat(KEYS).allSatisfy(key -> assertThat(cache.get(key)).isSameAs(key));
  }
}
