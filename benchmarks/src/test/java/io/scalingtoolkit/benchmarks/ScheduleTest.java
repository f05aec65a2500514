// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
  @Test
  void of_sameSeed_isTheSameLoad() {
    List<Arrival> arrivals = Schedule.of(100, 60, 2_000, 42).arrivals();

    assertThat(Schedule.of(100, 60, 2_000, 42).arrivals()).isEqualTo(arrivals);
    assertThat(Schedule.of(100, 60, 2_000, 43).arrivals()).isNotEqualTo(arrivals);
  }

  @Test
  void of_anyLoad_hasExactlyTheRequestsAskedForInOrderOfTime() {
    List<Arrival> arrivals = Schedule.of(100, 60, 2_000, 1).arrivals();

    assertThat(arrivals).filteredOn(arrival -> arrival.kind().isMix()).hasSize(6_000);
    assertThat(arrivals).isSortedAccordingTo(Comparator.comparingLong(Arrival::offsetNanos));
    assertThat(arrivals).allMatch(a -> a.offsetNanos() >= 0 && a.offsetNanos() < 60_000_000_000L);
  }

  @Test
  void of_manyRequests_areNineTenthsReads() {
    List<Arrival> mix =
        Schedule.of(1_000, 100, 10, 5).arrivals().stream().filter(a -> a.kind().isMix()).toList();

    double writes = mix.stream().filter(arrival -> arrival.kind().isWrite()).count();
    double logins = mix.stream().filter(arrival -> arrival.kind() == Kind.LOG_IN).count();

    assertThat(writes / mix.size()).isBetween(0.095, 0.105);
    assertThat(logins / mix.size()).isBetween(0.004, 0.006);
  }

  @Test
  void zipf_manyDraws_followTheWeights() {
    Zipf zipf = new Zipf(100, 0.99);
    SplittableRandom random = new SplittableRandom(3);
    int[] drawn = new int[100];
    for (int i = 0; i < 200_000; i++) {
      drawn[zipf.next(random)]++;
    }

    assertThat(drawn).doesNotContain(0);
    assertThat(drawn[0] / (double) drawn[1]).isBetween(1.85, 2.12);
    assertThat(drawn[0] / (double) drawn[9]).isBetween(8.8, 10.8);
  }

  @Test
  void zipf_oneKey_isAlwaysThatOne() {
    assertThat(new Zipf(1, 0.99).next(new SplittableRandom(1))).isZero();
  }
}
