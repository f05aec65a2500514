// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import static io.scalingtoolkit.core.balance.Simulation.MILLI;
import static io.scalingtoolkit.core.balance.Simulation.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@link Balancer#powerOfTwoChoices()} promises when a target turns slow and recovers, on a
 * virtual clock. Each case runs with several seeds and every one of them has to keep the promise.
 */
final class BalancerSimulationTest {
  private static final int SEEDS = 10;
  private static final long SLOW = 20 * MILLI;

  @ParameterizedTest(name = "{0} targets, {1} a second, tick {2} ms")
  @CsvSource({
    "2, 200, 10", "2, 200, 100", "2, 1000, 20", "2, 1000, 100", "2, 5000, 50",
    "3, 200, 10", "3, 200, 100", "3, 1000, 20", "3, 1000, 100", "3, 5000, 50"
  })
  void pick_oneTargetSlowerBy20Millis_avoidsItAndComesBack(
      int count, double perSecond, long tickMillis) {
    for (int seed = 0; seed < SEEDS; seed++) {
      Simulation healthy =
          new Simulation(seed, count, perSecond, tickMillis * MILLI).run(15 * SECOND);
      Simulation slowed = new Simulation(seed, count, perSecond, tickMillis * MILLI);

      slowed.run(5 * SECOND).slowDown(0, SLOW).run(10 * SECOND).slowDown(0, 0).run(25 * SECOND);

      String as = "seed " + seed;
      assertThat(slowed.share(0, 0, 5 * SECOND)).as(as).isCloseTo(1.0 / count, within(0.2));
      assertThat(slowed.share(0, 5 * SECOND, 6 * SECOND)).as(as).isLessThan(0.05);
      assertThat(slowed.share(0, 6 * SECOND, 15 * SECOND)).as(as).isLessThan(0.01);
      assertThat(slowed.p99(5 * SECOND, 15 * SECOND))
          .as(as)
          .isLessThan(1.3 * healthy.p99(5 * SECOND, 15 * SECOND));
      // It still gets a trickle, or nobody would learn that it has recovered.
      assertThat(slowed.share(0, 6 * SECOND, 15 * SECOND)).as(as).isPositive();
      assertThat(slowed.share(0, 20 * SECOND, 40 * SECOND) * count)
          .as(as)
          .isCloseTo(1, within(0.1));
    }
  }

  /** The share second by second is noisy at one seed, so the seeds are taken together. */
  @ParameterizedTest
  @CsvSource({"2, 20", "2, 100", "3, 20", "3, 100"})
  void pick_fiveSecondsAfterRecovery_isWithinTenPercentOfFair(int count, long tickMillis) {
    double sixthSecond = 0;
    for (int seed = 0; seed < 20; seed++) {
      Simulation slowed =
          new Simulation(seed, count, 1000, tickMillis * MILLI).run(2 * SECOND).slowDown(0, SLOW);
      // Recovery at another moment between two tries each time.
      long recovery = 5 * SECOND + seed * 200 * MILLI;
      slowed.run(recovery - 2 * SECOND).slowDown(0, 0).run(6 * SECOND);
      sixthSecond += slowed.share(0, recovery + 5 * SECOND, recovery + 6 * SECOND) / 20;
      assertThat(slowed.share(0, recovery + 5 * SECOND, recovery + 6 * SECOND) * count)
          .as("seed " + seed)
          .isGreaterThan(0.5);
    }

    assertThat(sixthSecond * count).isCloseTo(1, within(0.1));
  }

  @Test
  void pick_slowTargetUnderFewRequests_isTriedOneRequestAtATime() {
    Simulation slowed = new Simulation(1, 2, 1000, 20 * MILLI).run(5 * SECOND).slowDown(0, SLOW);
    slowed.run(2 * SECOND);
    int tries = 0;
    for (int i = 0; i < 10_000; i++) {
      int before = slowed.target(0).inFlight();
      slowed.run(MILLI);
      int inFlight = slowed.target(0).inFlight();
      tries += Math.max(0, inFlight - before);
      assertThat(inFlight).isLessThanOrEqualTo(1);
    }

    // ln(21/1.4) of 0.8 s is 2.2 s; a try before the healthy one has an answer adds a few.
    assertThat(tries).isBetween(3, 20);
  }

  @Test
  void pick_targetInSlowStart_getsAShareThatGrowsEvenly() {
    for (double perSecond : new double[] {500, 8000}) {
      Simulation simulation = new Simulation(3, 2, perSecond, 20 * MILLI).run(2 * SECOND);
      simulation.target(0).warmUp(Duration.ofSeconds(10), simulation.nowNanos());
      simulation.run(10 * SECOND);

      for (int second = 0; second < 10; second++) {
        double weight = (second + 0.5) / 10;
        long from = (2 + second) * SECOND;
        assertThat(simulation.share(0, from, from + SECOND))
            .as("second %d at %f a second", second, perSecond)
            .isCloseTo(weight / (1 + weight), within(0.1));
      }
    }
  }

  @Test
  void pick_targetOfThreefoldWeight_getsAboutThreeQuarters() {
    for (double perSecond : new double[] {500, 8000}) {
      Simulation simulation = new Simulation(4, 2, perSecond, 20 * MILLI);
      simulation.target(0).setWeight(3);
      simulation.run(20 * SECOND);

      assertThat(simulation.share(0, 0, 20 * SECOND))
          .as("%f a second", perSecond)
          .isCloseTo(0.75, within(0.05));
    }
  }

  @Test
  void pick_targetWithoutEstimate_getsNoMoreThanItsShare() {
    Simulation simulation = new Simulation(5, 2, 2000, 20 * MILLI);
    simulation.eligible = 0b01;
    simulation.run(2 * SECOND);
    simulation.eligible = 0b11;
    simulation.run(MILLI * 500);

    assertThat(simulation.share(1, 2 * SECOND, 2 * SECOND + 500 * MILLI)).isBetween(0.35, 0.65);
    assertThat(simulation.share(1, 2 * SECOND, 2 * SECOND + 5 * MILLI)).isLessThan(0.8);
  }
}
