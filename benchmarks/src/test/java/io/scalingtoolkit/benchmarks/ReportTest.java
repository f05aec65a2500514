// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ReportTest {
  private static final Row FAST = Row.below("p95 overall", 20.5, "ms", 2.05, 200);
  private static final Row SLOW = Row.below("p95 log in", 200, "ms", null, 200);
  private static final Row UNKNOWN = Row.info("server CPU", null, "cores");

  @Test
  void verdict_ofARow_followsValueAndLimit() {
    assertThat(FAST.verdict()).hasToString("ok");
    assertThat(SLOW.verdict()).hasToString("short");
    assertThat(UNKNOWN.verdict()).hasToString("not run");
    assertThat(Row.exactly("errors", 0, "count", 0).verdict()).hasToString("ok");
    assertThat(Row.exactly("errors", 1, "count", 0).verdict()).hasToString("short");
    assertThat(Row.atMost("added", 40.0, "ns", 60.0, 40).verdict()).hasToString("ok");
    assertThat(Row.atMost("added", 40.1, "ns", 60.0, 40).verdict()).hasToString("short");
    assertThat(Row.atMost("added", null, "ns", 60.0, 40).verdict()).hasToString("not run");
    assertThat(Row.atLeast("rate", 99, "%", 100.0, 99).verdict()).hasToString("ok");
    assertThat(Row.atLeast("rate", 98.9, "%", 100.0, 99).verdict()).hasToString("short");
  }

  @Test
  void exitCode_oneRowShort_isNotZero() {
    assertThat(report(FAST, UNKNOWN).exitCode()).isZero();
    assertThat(report(FAST, SLOW).exitCode()).isEqualTo(1);
  }

  @Test
  void json_rows_areThoseOfTheTable() {
    JsonNode root = new JsonMapper().readTree(report(FAST, UNKNOWN).json());

    JsonNode first = root.path("rows").get(0);
    assertThat(first.path("bar").asString()).isEqualTo("p95 overall");
    assertThat(first.path("value").asDouble()).isEqualTo(20.5);
    assertThat(first.path("ratio").asDouble()).isEqualTo(20.5 / 2.05);
    assertThat(first.path("limit").asString()).isEqualTo("< 200");
    assertThat(first.path("verdict").asString()).isEqualTo("ok");
    assertThat(root.path("rows").get(1).path("value").isNull()).isTrue();
    assertThat(root.path("curve").get(0).path("p95").asDouble()).isEqualTo(3.0);
    JsonNode base = root.path("comparisons").get(0);
    assertThat(base.path("nanos").asDouble()).isEqualTo(100);
    assertThat(base.has("median")).isFalse();
    assertThat(root.path("comparisons").get(1).path("most").asDouble()).isEqualTo(35);
  }

  @Test
  void print_rows_areLinesWithEveryColumn() {
    StringWriter text = new StringWriter();

    report(FAST, SLOW).print(new PrintWriter(text));

    assertThat(text.toString()).containsPattern("p95 overall +\\| +20.50 +\\| ms +\\| +2.050 +\\|");
    assertThat(text.toString()).containsPattern("p95 log in .*< 200 \\| short");
    assertThat(text.toString())
        .contains("| read | base | 100 | - | - | - | 105 | 16 |")
        .contains("| read | peer | 130 | 30 | 28 | 35 | 135 | 24 |");
  }

  private static Report report(Row... rows) {
    List<Report.Window> curve = List.of(new Report.Window(0, 10, 0, 1, 3, 4));
    List<Comparison> comparisons =
        List.of(
            new Comparison("read", "base", 100, 105, 16, null),
            new Comparison("read", "peer", 130, 135, 24, new Comparison.Difference(30, 28, 35)));
    return new Report("phase-1", Map.of("date", "2026-11-21"), List.of(rows), curve, comparisons);
  }
}
