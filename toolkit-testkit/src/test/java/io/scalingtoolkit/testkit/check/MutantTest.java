// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The judge finds every broken router on a simulated cluster, and nothing in the right one. */
class MutantTest {
  private static final int SEEDS = 20;
  private static final int OPERATIONS = 4_000;
  private static final Judge JUDGE = Judge.bounded(Duration.ofNanos(Simulation.BOUND));

  /** What has to be found in 20 seeds, about half of what was found when this was written. */
  private static final Map<Mutant, Integer> LEAST =
      Map.of(
          Mutant.NAIVE, 2_500,
          Mutant.TOKEN_BEFORE_COMMIT, 100,
          Mutant.POSITION_KEPT_OVER_RESTART, 100,
          Mutant.TIMELINE_IGNORED, 50,
          Mutant.UNSTUCK_BY_THE_FIRST, 1_000,
          Mutant.READS_FORGOTTEN, 40);

  @Test
  void judge_rightRouter_isClean() {
    List<CheckReport> reports = reports(Mutant.NONE, true);

    assertThat(reports).allMatch(CheckReport::isClean);
    assertThat(reports)
        .anyMatch(report -> report.losses().writes() > 0 && report.losses().reads() > 0);
    assertThat(reports)
        .allSatisfy(
            report ->
                assertThat(report.checks())
                    .hasSize(Guarantee.values().length)
                    .allSatisfy((guarantee, count) -> assertThat(count).isPositive()));
  }

  @ParameterizedTest
  @EnumSource(
      value = Mutant.class,
      mode = Mode.EXCLUDE,
      names = {"NONE", "BOUND_IGNORED"})
  void judge_brokenRouter_isFound(Mutant mutant) {
    long found = reports(mutant, false).stream().mapToLong(CheckReport::totalViolations).sum();

    assertThat(found).isGreaterThan(LEAST.get(mutant));
  }

  @Test
  void judge_boundIgnored_onlyTheBoundIsBroken() {
    List<CheckReport> reports = reports(Mutant.BOUND_IGNORED, true);

    assertThat(reports).allMatch(report -> report.totalViolations() == 0);
    assertThat(reports.stream().mapToLong(report -> report.staleness().aboveBound()).sum())
        .isGreaterThan(50);
  }

  @Test
  void judge_lossesNotDeclared_areViolations() {
    long lost = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Simulation simulation = new Simulation(Mutant.NONE, seed, true, false, OPERATIONS);
      lost += JUDGE.judge(simulation.history()).violations().get(Guarantee.NO_LOST_WRITES);
    }

    assertThat(lost).isPositive();
  }

  private static List<CheckReport> reports(Mutant mutant, boolean bounded) {
    List<CheckReport> reports = new ArrayList<>();
    for (long seed = 0; seed < SEEDS; seed++) {
      Simulation simulation = new Simulation(mutant, seed, true, bounded, OPERATIONS);
      reports.add(JUDGE.judge(simulation.history().declaringLost(simulation.lossWindows())));
    }
    return reports;
  }
}
