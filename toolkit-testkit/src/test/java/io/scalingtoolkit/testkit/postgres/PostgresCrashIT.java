// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Nothing is left of a JVM that ends without closing its clusters. */
class PostgresCrashIT {
  @Test
  void sigkill_engineRuns_noProcessAndNoFileIsLeft() {
    check("wait", "PIDS", List.of());
  }

  @Test
  void sigkill_enginesFrozen_noProcessAndNoFileIsLeft() {
    check("wait-frozen", "FROZEN", List.of());
  }

  @Test
  void sigkill_enginesRunAsAnotherUser_noProcessAndNoFileIsLeft() {
    assumeTrue(ChildJvm.isRoot(), "needs root");
    check("wait-frozen", "FROZEN", List.of("-Dtoolkit.engines.root=setpriv"));
  }

  @Test
  void exit_withoutClose_noProcessAndNoFileIsLeft() {
    check("exit", "EXIT", List.of());
  }

  private static void check(String mode, String readyWord, List<String> options) {
    Instant start = Instant.now();
    try (ChildJvm child = ChildJvm.start(ClusterMain.class, options, mode)) {
      child.awaitLine(readyWord);
      List<String> pids = List.of(child.awaitLine("PIDS").split(" "));
      Path files = Path.of(child.awaitLine("FILES"));
      assertThat(pids).hasSizeGreaterThan(8);
      if (!mode.equals("exit")) {
        // Two servers have five or more processes each; some of the rest were our own sessions.
        assertThat(pids).filteredOn(PostgresCrashIT::isAlive).hasSizeGreaterThan(8);
        assertThat(files).exists();
        child.kill();
      }

      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> {
                assertThat(pids).noneMatch(PostgresCrashIT::isAlive);
                assertThat(files.getParent()).doesNotExist();
                assertThat(creatorsOfSharedMemory(start)).doesNotContainAnyElementsOf(pids);
                try (Stream<Path> rest = Files.list(child.temp())) {
                  assertThat(rest.map(file -> file.getFileName().toString()))
                      .noneMatch(name -> name.startsWith("tk-"));
                }
              });
    }
  }

  /** The creators of the System V segments made since then: process ids come round again. */
  private static List<String> creatorsOfSharedMemory(Instant since) throws IOException {
    try (Stream<String> segments = Files.lines(Path.of("/proc/sysvipc/shm"))) {
      return segments
          .skip(1)
          .map(line -> line.strip().split(" +"))
          .filter(fields -> Long.parseLong(fields[13]) >= since.getEpochSecond())
          .map(fields -> fields[4])
          .toList();
    }
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
