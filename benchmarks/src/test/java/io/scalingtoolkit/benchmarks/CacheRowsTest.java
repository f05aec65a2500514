// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.benchmarks.cache.CachePeer;
import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CacheRowsTest {
  @Test
  void cost_severalRounds_comparesWithinARound() {
    List<Sample> samples =
        List.of(
            new Sample("hit", "caffeine", 0, 10, 1, 0),
            new Sample("hit", "toolkit", 0, 30, 1, 0.2),
            new Sample("hitWithMetrics", "toolkit", 0, 31, 1, 0),
            new Sample("hit", "caffeine", 1, 20, 1, 0),
            new Sample("hit", "toolkit", 1, 20, 1, 0.4),
            new Sample("hitWithMetrics", "toolkit", 1, 90, 1, 0),
            new Sample("hit", "caffeine", 2, 100, 1, 0),
            new Sample("hit", "toolkit", 2, 100, 1, 0.9),
            new Sample("hitWithMetrics", "toolkit", 2, 200, 1, 0));

    assertThat(CacheRows.cost(samples))
        .extracting(Row::value)
        .containsExactly(1.0, null, 0.4, 70.0, null);
  }

  @Test
  void cost_nothingMeasured_isNotRun() {
    assertThat(CacheRows.cost(List.of()))
        .hasSize(5)
        .allSatisfy(row -> assertThat(row.verdict()).isEqualTo(Row.Verdict.NOT_RUN));
  }

  @Test
  void cost_slowerThanTheBar_fallsShort() {
    List<Sample> samples =
        List.of(
            new Sample("hit", "caffeine", 0, 100, 1, 0),
            new Sample("hit", "toolkit", 0, 131, 1, 0.6),
            new Sample("hitWithMetrics", "toolkit", 0, 147, 1, 0),
            new Sample("allCores", "caffeine", 0, 100, 1, 0),
            new Sample("allCores", "toolkit", 0, 131, 1, 0),
            new Sample("allCoresWithMetrics", "toolkit", 0, 147, 1, 0));

    assertThat(CacheRows.cost(samples))
        .allSatisfy(row -> assertThat(row.verdict()).isEqualTo(Row.Verdict.SHORT));
  }

  @Test
  void space_ofEachPeer_isAboveThatOfCaffeine() {
    Map<CachePeer, Double> bytes = new EnumMap<>(CachePeer.class);
    bytes.put(CachePeer.CAFFEINE, 90.0);
    bytes.put(CachePeer.SPRING, 91.0);
    bytes.put(CachePeer.JETCACHE, 120.0);
    bytes.put(CachePeer.TOOLKIT, 139.0);

    List<Row> rows = CacheRows.space(bytes);

    assertThat(rows).extracting(Row::value).containsExactly(90.0, 1.0, 30.0, 49.0);
    assertThat(rows)
        .extracting(Row::verdict)
        .containsExactly(Row.Verdict.OK, Row.Verdict.OK, Row.Verdict.OK, Row.Verdict.SHORT);
  }
}
