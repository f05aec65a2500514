// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Redis under another user, and what is left of it when the JVM dies. */
final class RedisProcessIT {
  @Test
  void verbs_asAnOrdinaryUserWithoutHome_workAndLeaveNoProcess() {
    assumeTrue(ChildJvm.isRoot(), "needs root to start a JVM as another user");
    try (ChildJvm child = ChildJvm.startAsNobody(RedisMain.class, List.of(), "verbs")) {
      assertThat(child.awaitLine("VALUE")).isEqualTo("v");
      assertThat(child.awaitLine("USER")).isEqualTo("nobody");
      assertThat(child.awaitExit()).isZero();
      assertGone(child);
    }
  }

  @Test
  void sigkill_halfOfTheNodesFrozen_noProcessAndNoFileIsLeft() {
    try (ChildJvm child = ChildJvm.start(RedisMain.class, List.of(), "wait-frozen")) {
      child.awaitLine("FROZEN");
      assertThat(pids(child)).hasSize(6).allMatch(RedisProcessIT::isAlive);

      child.kill();

      assertGone(child);
    }
  }

  private static void assertGone(ChildJvm child) {
    Path files = Path.of(child.awaitLine("FILES"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(pids(child)).noneMatch(RedisProcessIT::isAlive);
              assertThat(files).doesNotExist();
            });
  }

  private static List<String> pids(ChildJvm child) {
    return List.of(child.awaitLine("PIDS").split(" "));
  }

  /** A zombie is not alive: who has to reap it is not ours to say. */
  private static boolean isAlive(String pid) {
    try {
      String stat = Files.readString(Path.of("/proc", pid, "stat"));
      return !stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z");
    } catch (IOException e) {
      return false;
    }
  }
}
