// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TargetLoadTest {
  private static final long MILLI = 1_000_000;

  /** Close to the wrap-around of the clock, which every test here runs through. */
  private long nowNanos = Long.MAX_VALUE - 5 * MILLI;

  private final TargetLoad target = TargetLoad.of("replica-1", 2, "zone-a");

  private void tickAfter(long millis) {
    nowNanos += millis * MILLI;
    target.tick(nowNanos);
  }

  /** One latency in each of so many ticks of 10 ms. */
  private void measure(int ticks, long latencyNanos) {
    for (int i = 0; i < ticks; i++) {
      target.recordLatency(latencyNanos);
      tickAfter(10);
    }
  }

  @Test
  void latencyNanos_beforeAnyLatency_isZero() {
    tickAfter(10);
    tickAfter(1000);

    assertThat(target.latencyNanos()).isZero();
  }

  @Test
  void recordLatency_first_isTheEstimateAtOnce() {
    target.recordLatency(7 * MILLI);

    assertThat(target.latencyNanos()).isEqualTo(7.0 * MILLI);
  }

  @Test
  void recordLatency_firstOfAlmostNothing_isTheFloor() {
    target.recordLatency(0);
    tickAfter(10);

    assertThat(target.latencyNanos()).isEqualTo(TargetLoad.FLOOR_NANOS);
  }

  @Test
  void recordLatency_negative_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> target.recordLatency(-1))
        .withMessage("latency must not be negative, was -1 ns");
  }

  @Test
  void recordLatency_enormousAndMany_doesNotOverflow() {
    target.tick(nowNanos);
    for (int i = 0; i < 70_000; i++) {
      target.recordLatency(Long.MAX_VALUE);
    }
    tickAfter(10);

    assertThat(target.latencyNanos()).isEqualTo(4_294_967_295.0);
  }

  @Test
  void tick_steadyLatency_keepsTheEstimate() {
    measure(100, 3 * MILLI);

    assertThat(target.latencyNanos()).isCloseTo(3.0 * MILLI, within(1.0));
  }

  @Test
  void tick_higherThenLowerLatency_risesFourTimesAsFastAsItFalls() {
    measure(10, MILLI);
    measure((int) TargetLoad.RISE_MILLIS / 10, 21 * MILLI);
    double risen = target.latencyNanos();
    measure(500, 21 * MILLI);
    measure((int) TargetLoad.FALL_MILLIS / 10, MILLI);
    double fallen = target.latencyNanos();

    // One time constant covers 1 - 1/e of the way.
    assertThat(risen).isCloseTo(MILLI * (1 + 20 * (1 - Math.exp(-1))), within(1e3));
    assertThat(fallen).isCloseTo(MILLI * (1 + 20 * Math.exp(-1)), within(1e3));
    assertThat(TargetLoad.FALL_MILLIS).isEqualTo(4 * TargetLoad.RISE_MILLIS);
  }

  @Test
  void tick_severalLatenciesAtOnce_countAsTheirMean() {
    measure(10, MILLI);
    for (int i = 0; i < 100; i++) {
      target.recordLatency(i == 0 ? 101 * MILLI : MILLI);
    }
    tickAfter(10);

    // One pause of 100 ms among 100 requests must not look like a target that is 100 ms slow.
    assertThat(target.latencyNanos()).isBetween(1.0 * MILLI, 1.2 * MILLI);
  }

  @Test
  void tick_withoutLatencies_sinksWhateverTheTicks() {
    measure(10, 21 * MILLI);
    for (int i = 0; i < 4; i++) {
      tickAfter(i % 2 == 0 ? 10 : 2 * TargetLoad.IDLE_MILLIS / 4 - 10);
    }

    assertThat(target.latencyNanos()).isCloseTo(21 * MILLI * Math.exp(-1), within(1.0));
    tickAfter(1_000_000);
    assertThat(target.latencyNanos()).isEqualTo(TargetLoad.FLOOR_NANOS);
  }

  @Test
  void started_afterTheEstimateSank_takesItBackUntilTheOutcome() {
    measure(10, 21 * MILLI);
    tickAfter(3000);
    double sunk = target.latencyNanos();

    target.started();

    assertThat(sunk).isLessThan(1.0 * MILLI);
    assertThat(target.latencyNanos()).isEqualTo(21.0 * MILLI);
  }

  @Test
  void tick_goodLatencyOfATry_leavesLittleOfTheOldEstimate() {
    measure(10, 21 * MILLI);
    for (int i = 0; i < 1000 && target.latencyNanos() > MILLI; i++) {
      tickAfter(10);
    }
    target.started();
    target.recordLatency(MILLI);
    tickAfter(10);

    assertThat(target.latencyNanos()).isBetween(1.0 * MILLI, 1.1 * MILLI);
  }

  @Test
  void tick_badLatencyOfATry_keepsTheOldEstimate() {
    measure(10, 21 * MILLI);
    tickAfter(2500);
    target.started();
    target.recordLatency(21 * MILLI);
    tickAfter(10);

    assertThat(target.latencyNanos()).isCloseTo(21.0 * MILLI, within(1.0));
  }

  @Test
  void tick_sameOrEarlierReading_doesNothing() {
    measure(10, MILLI);
    target.recordLatency(21 * MILLI);
    double before = target.latencyNanos();
    target.tick(nowNanos);
    target.tick(nowNanos - 1);

    assertThat(target.latencyNanos()).isEqualTo(before);
    tickAfter(10);
    assertThat(target.latencyNanos()).isGreaterThan(before);
  }

  @Test
  void warmUp_underWay_growsEvenlyToTheWeight() {
    target.tick(nowNanos);
    target.warmUp(Duration.ofMillis(100), nowNanos);
    List<Double> weights = new ArrayList<>();
    weights.add(target.effectiveWeight());
    for (int i = 0; i < 6; i++) {
      tickAfter(20);
      weights.add(target.effectiveWeight());
    }

    assertThat(weights).containsExactly(0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.0);
    assertThat(target.weight()).isEqualTo(2);
  }

  @Test
  void warmUp_again_beginsAnew() {
    target.tick(nowNanos);
    target.warmUp(Duration.ofMillis(100), nowNanos);
    tickAfter(90);
    target.warmUp(Duration.ofMillis(100), nowNanos);
    tickAfter(10);

    assertThat(target.effectiveWeight()).isCloseTo(0.2, within(1e-9));
  }

  @Test
  void warmUp_ofZero_isOverAtTheNextTick() {
    target.tick(nowNanos);
    target.warmUp(Duration.ZERO, nowNanos);
    tickAfter(1);

    assertThat(target.effectiveWeight()).isEqualTo(2);
  }

  @Test
  void warmUp_negativeOrEndless_isRefusedAndChangesNothing() {
    for (Duration length : List.of(Duration.ofNanos(-1), Duration.ofDays(292L * 365))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> target.warmUp(length, nowNanos))
          .withMessageEndingWith("was " + length);
    }

    assertThat(target.effectiveWeight()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, 1e-7, 1e7, Double.NaN, Double.POSITIVE_INFINITY})
  void setWeight_outOfRange_isRefusedAndChangesNothing(double weight) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> target.setWeight(weight))
        .withMessage(
            "weight of target \"replica-1\" must be 0 or from 0.000001 to 1000000, was " + weight);

    assertThat(target.weight()).isEqualTo(2);
  }

  @Test
  void setWeight_inRange_isTheWeight() {
    target.setWeight(0);
    assertThat(target.weight()).isZero();
    target.setWeight(5);

    assertThat(target.effectiveWeight()).isEqualTo(5);
  }

  @Test
  void finished_withNothingInFlight_isRefusedAndCountsNothing() {
    target.started();
    target.finished();

    assertThatIllegalStateException()
        .isThrownBy(target::finished)
        .withMessage("target \"replica-1\" has no request in flight that could finish");
    assertThat(target.inFlight()).isZero();
  }

  @Test
  void toString_always_tellsWhatIsKnown() {
    target.started();
    target.recordLatency(1234);

    assertThat(target)
        .hasToString("TargetLoad[replica-1, inFlight=1, latencyNanos=1234, weight=2.0]");
    assertThat(target.name()).isEqualTo("replica-1");
    assertThat(target.zone()).isEqualTo("zone-a");
    assertThat(TargetLoad.of("x").zone()).isNull();
  }

  @Test
  void inFlight_whileManyThreadsCount_isNeverWrong() throws Exception {
    int threads = 8;
    int depth = 3;
    int readings = 20_000;
    AtomicBoolean enough = new AtomicBoolean();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      Callable<Void> worker =
          () -> {
            for (int round = 0; round < 5_000 || !enough.get(); round++) {
              for (int i = 0; i < depth; i++) {
                target.started();
                target.recordLatency(MILLI);
              }
              for (int i = 0; i < depth; i++) {
                target.finished();
              }
            }
            return null;
          };
      List<Future<Void>> workers =
          Stream.generate(() -> worker).limit(threads).map(executor::submit).toList();
      for (int i = 0; i < readings; i++) {
        assertThat(target.inFlight()).isBetween(0, threads * depth);
        tickAfter(1);
      }
      enough.set(true);
      for (Future<Void> each : workers) {
        each.get();
      }

      assertThat(target.inFlight()).isZero();
      // All latencies were the same, so a window that lost its number or its sum would show here.
      tickAfter(1);
      assertThat(target.latencyNanos()).isBetween(0.99 * MILLI, 1.01 * MILLI);
    } finally {
      enough.set(true);
      executor.shutdownNow();
    }
  }
}
