// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RoutePeerTest {
  @ParameterizedTest
  @EnumSource
  void over_someShards_findsAllOfThemWithEveryKindOfKey(RoutePeer peer) {
    Route route = peer.over(10);
    SplittableRandom random = new SplittableRandom(1);
    Set<Integer> byLong = new HashSet<>();
    Set<Integer> byUuid = new HashSet<>();
    Set<Integer> byText = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      UUID uuid = new UUID(random.nextLong(), random.nextLong());
      byLong.add(route.ofLong(uuid.getMostSignificantBits()));
      byUuid.add(route.ofUuid(uuid));
      byText.add(route.ofText(uuid.toString()));
    }

    Set<Integer> all = Set.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(byLong).isEqualTo(all);
    assertThat(byUuid).isEqualTo(all);
    assertThat(byText).isEqualTo(all);
  }
}
