// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ComparisonTest {
  @Test
  void of_slowRound_countsInBothMembersOfItsPair() {
    List<Sample> samples =
        List.of(
            new Sample("read", "peer", 0, 130, 1, 24),
            new Sample("read", "base", 0, 100, 1, 16),
            new Sample("read", "base", 1, 500, 1, 16),
            new Sample("read", "peer", 1, 532, 1, 24),
            new Sample("read", "peer", 2, 128, 1, 24),
            new Sample("read", "base", 2, 102, 1, 16));

    assertThat(Comparison.of(samples, "base"))
        .containsExactly(
            new Comparison("read", "base", 102, 1, 16, null),
            new Comparison("read", "peer", 130, 1, 24, new Comparison.Difference(30, 26, 32)));
  }

  @Test
  void of_evenNumberOfRounds_takesTheMiddleOfTwo() {
    List<Sample> samples =
        List.of(
            new Sample("read", "base", 0, 100, 1, 16),
            new Sample("read", "base", 1, 100, 1, 16),
            new Sample("read", "peer", 0, 110, 1, 10),
            new Sample("read", "peer", 1, 130, 1, 20));

    assertThat(Comparison.of(samples, "base").get(1))
        .isEqualTo(
            new Comparison("read", "peer", 120, 1, 15, new Comparison.Difference(20, 10, 30)));
  }

  @Test
  void of_roundWithoutBaseline_isRefused() {
    assertThatThrownBy(() -> Comparison.of(List.of(new Sample("read", "peer", 3, 1, 1, 0)), "base"))
        .hasMessageContaining("round 3 of read has no baseline");
  }

  @Test
  void rows_withoutOurs_areNotRunAndPeersHaveNoLimit() {
    List<Row> rows = Replication.rows(Comparison.of(round("springLazy"), "hikari"));

    assertThat(rows).filteredOn(row -> row.limit() != null).hasSize(6);
    assertThat(rows)
        .filteredOn(row -> row.limit() != null)
        .allSatisfy(row -> assertThat(row.verdict()).hasToString("not run"))
        .allSatisfy(row -> assertThat(row.baseline()).isEqualTo(100));
    assertThat(rows)
        .contains(
            Row.info("getAndClose hikari", 100.0, "ns"),
            new Row("getAndClose springLazy", 95.0, "ns", 100.0, null),
            new Row("autocommitUpdate springLazy", 95.0, "ns", 100.0, null));
  }

  @Test
  void rows_withOurs_keepToTheirLimits() {
    List<Row> rows = Replication.rows(Comparison.of(round("replication"), "hikari"));

    assertThat(verdict(rows, "getAndClose replication")).isEqualTo("short");
    assertThat(verdict(rows, "autocommitRead replication")).isEqualTo("short");
    assertThat(verdict(rows, "readOnlyTransaction replication")).isEqualTo("ok");
    assertThat(verdict(rows, "readOnlyTransaction replicationScoped")).isEqualTo("not run");
    assertThat(rows).extracting(Row::name).doesNotHaveDuplicates();
    assertThat(rows).contains(new Row("autocommitUpdate replication", 95.0, "ns", 100.0, null));
  }

  private static String verdict(List<Row> rows, String name) {
    return rows.stream().filter(row -> row.name().equals(name)).findFirst().orElseThrow().verdict()
        + "";
  }

  private static List<Sample> round(String peer) {
    List<Sample> samples = new ArrayList<>();
    for (String operation :
        List.of("autocommitRead", "autocommitUpdate", "getAndClose", "readOnlyTransaction")) {
      samples.add(new Sample(operation, "hikari", 0, 100, 1, 16));
      samples.add(new Sample(operation, peer, 0, 195, 1, 24));
    }
    return samples;
  }
}
