// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.benchmarks.Measurements.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FaultRowsTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;
  private static final List<FaultWindow> WINDOWS =
      List.of(
          new FaultWindow("killed", 2 * SECOND, 4 * SECOND),
          new FaultWindow("frozen", 6 * SECOND, 8 * SECOND));

  @Test
  void of_slowInsideTheWindows_doesNotTouchTheBar() {
    Map<String, Row> rows = rows(samples(50, 5));

    assertThat(rows.get("p95 outside the windows").verdict()).hasToString("ok");
    assertThat(rows.get("requests outside").value()).isEqualTo(600);
    assertThat(rows.get("killed: max").value()).isGreaterThan(800);
    assertThat(rows.get("frozen: errors").value()).isEqualTo(200);
    assertThat(rows.get("killed: errors").value()).isZero();
    assertThat(rows.get("killed: until").value()).isEqualTo(4);
  }

  @Test
  void of_slowOutsideTheWindows_isShort() {
    assertThat(rows(samples(50, 250)).get("p95 outside the windows").verdict())
        .hasToString("short");
  }

  @Test
  void contains_bounds_areHalfOpen() {
    FaultWindow window = WINDOWS.get(0);

    assertThat(window.contains(2 * SECOND)).isTrue();
    assertThat(window.contains(2 * SECOND - 1)).isFalse();
    assertThat(window.contains(4 * SECOND - 1)).isTrue();
    assertThat(window.contains(4 * SECOND)).isFalse();
  }

  @Test
  void decisionRows_difference_isSharedByWhatCouldRunOnAReplica() {
    List<Row> rows =
        PhaseTwo.decisionRows(
            Map.of("read", 100L, "write", 7L),
            Map.of("read", 180L, "waited", 10L, "behind", 10L, "write", 57L));

    assertThat(rows.get(0)).isEqualTo(Row.info("reads on replicas", 90.0, "%"));
    assertThat(rows).contains(Row.info("decisions write", 50.0, "count"));
  }

  private static Map<String, Row> rows(List<Sample> samples) {
    Map<String, Row> rows = new java.util.HashMap<>();
    FaultRows.of(samples, WINDOWS, 1, 200).forEach(row -> rows.put(row.name(), row));
    return rows;
  }

  /** 100 a second for 10 s; slow in both windows, wrong in the second one. */
  private static List<Sample> samples(long rareMillis, long usualMillis) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      long offset = i * 10 * MILLI;
      boolean inside = WINDOWS.stream().anyMatch(window -> window.contains(offset));
      long latency = inside ? 900 : i % 50 == 0 ? rareMillis : usualMillis;
      samples.add(new Sample(offset, latency * MILLI, offset < 6 * SECOND || offset >= 8 * SECOND));
    }
    return samples;
  }
}
