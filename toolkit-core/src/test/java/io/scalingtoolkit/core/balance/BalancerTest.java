// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BalancerTest {
  private static final long MILLI = 1_000_000;
  private static final int PICKS = 60_000;

  // One seed for all, so a failure is a change of the code and never chance. The bound is for the
  // largest of all shares compared here, about 600 in number: with a chance of 0.001 in all that
  // one of them is off by this many standard deviations (Bonferroni: 0.001 / 600, two-sided).
  private static final double DEVIATIONS = 4.8;

  private final Random random = new Random(2026);

  private Map<String, Balancer> all() {
    Map<String, Balancer> all = new LinkedHashMap<>();
    all.put("power of two choices", Balancer.powerOfTwoChoices(random::nextLong));
    all.put("round robin", Balancer.roundRobin());
    all.put("random", Balancer.random(random::nextLong));
    all.put("least in flight", Balancer.leastInFlight(random::nextLong));
    all.put("weighted", Balancer.weighted(random::nextLong));
    all.put("zone", Balancer.preferZone("a", Balancer.random(random::nextLong)));
    return all;
  }

  private static TargetLoad[] targets(int count) {
    TargetLoad[] targets = new TargetLoad[count];
    Arrays.setAll(targets, i -> TargetLoad.of("t" + i));
    return targets;
  }

  private static int[] counts(Balancer balancer, TargetLoad[] targets, long eligible) {
    int[] counts = new int[targets.length];
    for (int i = 0; i < PICKS; i++) {
      counts[balancer.pick(targets, eligible)]++;
    }
    return counts;
  }

  private static void assertShare(String as, int count, double share) {
    double deviation = Math.sqrt(PICKS * share * (1 - share));
    assertThat((double) count)
        .as(as)
        .isBetween(PICKS * share - DEVIATIONS * deviation, PICKS * share + DEVIATIONS * deviation);
  }

  @Test
  void pick_nobodyEligible_isNone() {
    all()
        .forEach(
            (name, balancer) -> {
              assertThat(balancer.pick(targets(3), 0)).as(name).isEqualTo(Balancer.NONE);
              assertThat(balancer.pick(targets(3), ~0b111L)).as(name).isEqualTo(Balancer.NONE);
              assertThat(balancer.pick(targets(0), -1)).as(name).isEqualTo(Balancer.NONE);
            });
  }

  @Test
  void pick_oneEligible_isThatOneWhateverItsState() {
    TargetLoad[] targets = targets(64);
    for (int index : new int[] {0, 1, 31, 32, 63}) {
      targets[index].setWeight(0);
      targets[index].started();
      all()
          .forEach(
              (name, balancer) ->
                  assertThat(balancer.pick(targets, 1L << index)).as(name).isEqualTo(index));
    }
  }

  @Test
  void pick_idleEqualTargets_areDrawnEvenly() {
    for (long eligible : new long[] {0b11, 0b111, 0b10110, 0x8000_0001_0000_0100L, 0xffff, -1}) {
      TargetLoad[] targets = targets(64);
      all()
          .forEach(
              (name, balancer) -> {
                int[] counts = counts(balancer, targets, eligible);
                for (int i = 0; i < 64; i++) {
                  double share = (eligible >>> i & 1) / (double) Long.bitCount(eligible);
                  assertShare(name + " " + Long.toHexString(eligible) + " " + i, counts[i], share);
                }
              });
    }
  }

  @Test
  void pick_targetOfWeightZero_isALastResort() {
    TargetLoad[] targets = targets(5);
    for (int i : new int[] {0, 2, 4}) {
      targets[i].setWeight(0);
    }
    all()
        .forEach(
            (name, balancer) -> {
              int[] counts = counts(balancer, targets, 0b11111);
              assertThat(new int[] {counts[0], counts[2], counts[4]}).as(name).containsOnly(0);
              assertThat(counts[1]).as(name).isPositive();
              assertThat(counts[3]).as(name).isPositive();
              int[] lastResort = counts(balancer, targets, 0b10101);
              for (int i : new int[] {0, 2, 4}) {
                assertShare(name + " " + i, lastResort[i], 1.0 / 3);
              }
            });
  }

  @Test
  void pick_targetInSlowStart_isALastResortUntilTheFirstTick() {
    TargetLoad[] targets = targets(3);
    targets[1].warmUp(Duration.ofSeconds(10), 0);
    all()
        .forEach(
            (name, balancer) -> assertThat(counts(balancer, targets, 0b111)[1]).as(name).isZero());
  }

  @Test
  void pick_differentWeights_areSharesOfTheWeightedBalancers() {
    TargetLoad[] targets = targets(2);
    targets[0].setWeight(3);
    for (Balancer balancer :
        new Balancer[] {
          Balancer.weighted(random::nextLong),
          Balancer.leastInFlight(random::nextLong),
          Balancer.powerOfTwoChoices(random::nextLong)
        }) {
      assertShare(balancer.getClass().getSimpleName(), counts(balancer, targets, 3)[0], 0.75);
    }
    TargetLoad[] four = targets(4);
    for (int i = 0; i < 4; i++) {
      four[i].setWeight(i);
    }
    int[] counts = counts(Balancer.weighted(random::nextLong), four, 0b1111);
    for (int i = 0; i < 4; i++) {
      assertShare("weight " + i, counts[i], i / 6.0);
    }
  }

  @Test
  void powerOfTwoChoices_targetMoreLoadedOrSlower_isNotTaken() {
    Balancer balancer = Balancer.powerOfTwoChoices(random::nextLong);
    TargetLoad[] loaded = targets(2);
    loaded[0].started();
    TargetLoad[] slow = targets(2);
    slow[0].recordLatency(21 * MILLI);
    slow[1].recordLatency(MILLI);
    TargetLoad[] similar = targets(2);
    similar[0].recordLatency(13 * MILLI);
    similar[1].recordLatency(10 * MILLI);

    assertThat(counts(balancer, loaded, 3)).containsExactly(0, PICKS);
    assertThat(counts(balancer, slow, 3)).containsExactly(0, PICKS);
    assertShare("less than 1.4 times slower", counts(balancer, similar, 3)[0], 0.5);
  }

  @Test
  void powerOfTwoChoices_fastTargetWithManyInFlight_yieldsToTheSlowOne() {
    Balancer balancer = Balancer.powerOfTwoChoices(random::nextLong);
    TargetLoad[] targets = targets(2);
    targets[0].recordLatency(10 * MILLI);
    targets[1].recordLatency(MILLI);
    IntStream.range(0, 20).forEach(i -> targets[1].started());

    assertThat(counts(balancer, targets, 3)).containsExactly(PICKS, 0);
  }

  /** Of many targets the worst is never taken, as it loses against any other it is drawn with. */
  @Test
  void powerOfTwoChoices_manyTargets_takesTheWorstNeverAndTheBestTwiceAsOften() {
    Balancer balancer = Balancer.powerOfTwoChoices(random::nextLong);
    TargetLoad[] targets = targets(8);
    for (int i = 0; i < 8; i++) {
      targets[i].recordLatency(MILLI << i);
    }
    int[] counts = counts(balancer, targets, -1);

    for (int i = 0; i < 8; i++) {
      assertShare("rank " + i, counts[i], (7 - i) / 28.0); // pairs in which it is the better one
    }
  }

  @Test
  void leastInFlight_severalTargets_takesTheLeastForItsWeight() {
    Balancer balancer = Balancer.leastInFlight(random::nextLong);
    TargetLoad[] targets = targets(3);
    targets[0].setWeight(4);
    IntStream.range(0, 3).forEach(i -> targets[0].started());
    targets[1].started();
    targets[2].started();

    assertThat(counts(balancer, targets, 0b111)).containsExactly(PICKS, 0, 0);
    targets[0].started();
    assertShare("drawn by weight", counts(balancer, targets, 0b111)[0], 4.0 / 6);
  }

  @Test
  void roundRobin_severalThreads_takesEachTargetEquallyOften() throws Exception {
    Balancer balancer = Balancer.roundRobin();
    TargetLoad[] targets = targets(3);
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      Callable<int[]> picks = () -> counts(balancer, targets, 0b111);
      int[] sum = new int[3];
      for (Future<int[]> future : executor.invokeAll(List.of(picks, picks, picks, picks))) {
        int[] counts = future.get();
        Arrays.setAll(sum, i -> sum[i] + counts[i]);
      }

      assertThat(sum).containsOnly(4 * PICKS / 3);
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void preferZone_someEligibleInTheZone_takesOnlyThose() {
    Balancer balancer = Balancer.preferZone("a", Balancer.random(random::nextLong));
    TargetLoad[] targets = {
      TargetLoad.of("t0", 1, "a"),
      TargetLoad.of("t1", 1, "b"),
      TargetLoad.of("t2", 1, null),
      TargetLoad.of("t3", 1, "a")
    };
    int[] near = counts(balancer, targets, 0b1111);
    int[] far = counts(balancer, targets, 0b0110);
    targets[0].setWeight(0);
    int[] weightless = counts(balancer, targets, 0b0111);

    assertThat(near[1] + near[2]).isZero();
    assertShare("near", near[0], 0.5);
    assertShare("far", far[1], 0.5);
    assertThat(weightless[0]).isZero();
  }

  @Test
  void pick_moreThan64Targets_isRefused() {
    all()
        .forEach(
            (name, balancer) ->
                assertThatIllegalArgumentException()
                    .as(name)
                    .isThrownBy(() -> balancer.pick(targets(65), 1))
                    .withMessage("targets must be at most 64, were 65"));
  }

  @Test
  void pick_manyTimes_allocatesNothing() {
    TargetLoad[] targets = targets(5);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Map<String, Balancer> balancers = all();
    balancers.put("default randomness", Balancer.powerOfTwoChoices());
    balancers.forEach(
        (name, balancer) -> {
          counts(balancer, targets, -1); // loads classes
          long before = threads.getCurrentThreadAllocatedBytes();
          counts(balancer, targets, -1);
          long allocated = threads.getCurrentThreadAllocatedBytes() - before;

          assertThat(allocated).as(name).isLessThan(PICKS);
        });
  }

  @Test
  void nth_everyRankOfRandomSets_isThatBit() {
    for (int i = 0; i < 2_000; i++) {
      long set = random.nextLong() >>> random.nextInt(64);
      int rank = 0;
      for (int bit = 0; bit < 64; bit++) {
        if ((set >>> bit & 1) != 0) {
          assertThat(TargetSet.nth(set, rank++)).isEqualTo(bit);
        }
      }
    }
    assertThat(TargetSet.nth(-1, 63)).isEqualTo(63);
  }
}
