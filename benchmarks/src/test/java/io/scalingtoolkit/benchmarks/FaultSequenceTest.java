// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.benchmarks.FaultSequence.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class FaultSequenceTest {
  private static final Duration SLOT = Duration.ofSeconds(10);
  private static final Duration HELD = Duration.ofSeconds(3);

  private final List<String> done = new ArrayList<>();
  private long now;

  @Test
  void run_faults_areInTheirSlotsAndFeltUntilAfterTheHealing() throws Exception {
    List<FaultWindow> windows = sequence().run(List.of(fault("a", 0), fault("b", 1)), SLOT);

    assertThat(done).containsExactly("2 a", "5 heal a", "12 b", "15 heal b");
    assertThat(windows)
        .containsExactly(
            new FaultWindow("a", seconds(2), seconds(7)),
            new FaultWindow("b", seconds(12), seconds(18)));
  }

  @Test
  void run_healingOutlastsTheSlot_delaysTheNextFault() throws Exception {
    List<FaultWindow> windows = sequence().run(List.of(fault("a", 20), fault("b", 0)), SLOT);

    assertThat(windows.get(0).untilNanos()).isEqualTo(seconds(27));
    assertThat(windows.get(1).fromNanos()).isEqualTo(seconds(27));
  }

  @Test
  void run_interruptedWhileHeld_healsAllTheSame() {
    FaultSequence sequence =
        new FaultSequence(
            () -> now,
            until -> {
              now = until;
              if (done.contains("2 a")) {
                throw new InterruptedException("stop");
              }
            });

    assertThatThrownBy(() -> sequence.run(List.of(fault("a", 0), fault("b", 0)), SLOT))
        .isInstanceOf(InterruptedException.class);
    assertThat(done).containsExactly("2 a", "5 heal a");
  }

  private FaultSequence sequence() {
    return new FaultSequence(() -> now, until -> now = Math.max(now, until));
  }

  private Fault fault(String name, int healingSeconds) {
    return new Fault(
        name,
        () -> note(name),
        HELD,
        () -> {
          note("heal " + name);
          now += seconds(healingSeconds);
        });
  }

  private void note(String what) {
    done.add(TimeUnit.NANOSECONDS.toSeconds(now) + " " + what);
  }

  private static long seconds(int count) {
    return TimeUnit.SECONDS.toNanos(count);
  }
}
