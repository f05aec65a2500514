// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.EngineException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The check with caches that need no server. */
final class StalenessCheckIT {
  private static StalenessCheck.Builder plan(String... settings) {
    return StalenessCheck.of(PlainNode.class)
        .nodes(2)
        .bound(Duration.ofMillis(100))
        .settings(node -> List.of(settings));
  }

  private static void awaitReads(StalenessCheck check, long more) {
    long before = check.reads();
    await().atMost(Duration.ofMinutes(1)).until(() -> check.reads() >= before + more);
  }

  @Test
  void cache_thatKeepsNothing_isClean() {
    try (StalenessCheck check = plan().start()) {
      awaitReads(check, 2_000);
      // snippet:faults
      check.freeze(1, Duration.ofMillis(300)); // a process stops, wherever it is
      check.freezeInLoad(0, Duration.ofMillis(300)); // or between reading and storing
      // end
      awaitReads(check, 2_000);

      StalenessReport report = check.finish();

      assertThat(report.isClean()).as("%s", report).isTrue();
      assertThat(report.totals().stale()).isZero();
      assertThat(report.totals().failures()).isZero();
      assertThat(report.totals().loads()).isGreaterThanOrEqualTo(report.totals().reads());
    }
  }

  @Test
  void cache_thatHearsOfNoOthers_isFound() {
    // snippet:check
    try (StalenessCheck check =
        StalenessCheck.of(PlainNode.class) // whose main calls CacheNode.run
            .nodes(2)
            .bound(Duration.ofMillis(100))
            .settings(node -> List.of("remember"))
            .start()) {
      await().atMost(Duration.ofMinutes(1)).until(() -> check.reads() > 50_000);
      StalenessReport report = check.finish();
      assertThat(report.isClean()).as("%s", report).isFalse();
    }
    // end
  }

  @Test
  void node_thatIsKilled_isJudgedByWhatItHadWritten() {
    try (StalenessCheck check = plan().start()) {
      awaitReads(check, 2_000);
      check.kill(1);
      awaitReads(check, 2_000);

      assertThat(check.finish().totals().reads()).isPositive();
    }
  }

  @Test
  void start_ofAMainThatEnds_isRefusedWithItsLog() {
    assertThatThrownBy(() -> StalenessCheck.of(Ending.class).nodes(2).start())
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("ended before it said 'ready'")
        .hasMessageContaining("it ends at once");
  }

  @Test
  void settings_thatMakeNoSense_areRefused() {
    StalenessCheck.Builder builder = StalenessCheck.of(PlainNode.class);
    assertThatThrownBy(() -> builder.nodes(1)).hasMessage("nodes must be at least 2, was 1");
    assertThatThrownBy(() -> builder.keys(0)).hasMessage("keys must be at least 1, was 0");
    assertThatThrownBy(() -> builder.keys(1 << 25)).hasMessageContaining("at most 2^24");
    assertThatThrownBy(() -> builder.readers(0)).hasMessage("readers must be at least 1, was 0");
  }

  /** No node at all. */
  static final class Ending {
    private Ending() {}

    /** Ends. */
    public static void main(String[] arguments) {
      System.err.println("it ends at once");
    }
  }
}
