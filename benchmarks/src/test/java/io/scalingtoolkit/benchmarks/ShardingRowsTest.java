// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.benchmarks.Row.Verdict;
import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ShardingRowsTest {
  @Test
  void cost_atTheBars_isOk() {
    List<Row> rows = ShardingRows.cost(samples(5, 20, 0.1, 5));

    assertThat(rows).extracting(Row::verdict).containsOnly(Verdict.OK);
    assertThat(rows)
        .extracting(Row::value)
        .containsExactly(5.0, 20.0, 20.0, 0.1, 0.1, 0.1, 1.0, 1.0, 1.0, 1.0);
  }

  @Test
  void cost_beyondTheBars_fallsShort() {
    List<Row> rows = ShardingRows.cost(samples(5.1, 20.1, 0.2, 5));

    assertThat(rows.subList(0, 9)).extracting(Row::verdict).containsOnly(Verdict.SHORT);
  }

  @Test
  void cost_nothingMeasured_isNotRun() {
    assertThat(ShardingRows.cost(List.of()).subList(0, 9))
        .extracting(Row::verdict)
        .containsOnly(Verdict.NOT_RUN);
  }

  @Test
  void balance_someKeysAndSteps_isWithinTheBars() {
    assertThat(ShardingRows.balance(2_000_000, 300))
        .hasSize(3)
        .allSatisfy(row -> assertThat(row.verdict()).as("%s", row).isEqualTo(Verdict.OK));
  }

  private static List<Sample> samples(double ofLong, double others, double bytes, double hash4j) {
    List<Sample> samples = new ArrayList<>();
    for (String operation : List.of("longOver1", "longOver10", "longOver100", "longOver1000")) {
      samples.add(new Sample(operation, "toolkit", 0, ofLong, 1, bytes));
      samples.add(new Sample(operation, "hash4j", 0, hash4j, 1, 0));
    }
    for (String operation : List.of("uuidOver100", "textOver100")) {
      samples.add(new Sample(operation, "toolkit", 0, others, 1, bytes));
    }
    return samples;
  }
}
