// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the shell half with harmless programs instead of engines. */
class WatchdogTest {
  @TempDir Path temp;

  @Test
  void release_processWorksInDirectory_endsItAndDeletesTheDirectory() throws Exception {
    Path ours = Files.createDirectory(temp.resolve("a directory"));
    Process inside = sleep(Files.createDirectory(ours.resolve("node")));
    Process outside = sleep(temp);
    Watchdog watchdog = Watchdog.start(temp);
    try {
      watchdog.addDirectory(ours);

      awaitEnd(watchdog.release());

      assertThat(inside.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(inside.exitValue()).isEqualTo(128 + 9);
      assertThat(ours).doesNotExist();
      assertThat(outside.isAlive()).isTrue();
    } finally {
      inside.destroyForcibly();
      outside.destroyForcibly();
    }
  }

  @Test
  void release_stoppedTreeOfRegisteredProcess_endsAllOfIt() throws Exception {
    Process root =
        new ProcessBuilder("setsid", "sh", "-c", "sleep 600 & wait")
            .directory(temp.toFile())
            .start();
    Watchdog watchdog = Watchdog.start(temp);
    try {
      Awaitility.await().until(() -> ProcessTable.descendants(root.pid()).size() == 1);
      long child = ProcessTable.descendants(root.pid()).get(0).pid();
      Tools.signal("STOP", List.of(root.pid(), child));
      watchdog.addProcess(root.pid(), ProcessTable.find(root.pid()).startTicks());

      awaitEnd(watchdog.release());

      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> !ProcessTable.isAlive(child) && !root.isAlive());
      assertThat(root.waitFor()).isEqualTo(128 + 9);
    } finally {
      root.destroyForcibly();
    }
  }

  @Test
  void release_forgottenThings_areLeftAlone() throws Exception {
    Path kept = Files.createDirectory(temp.resolve("kept"));
    Path deleted = Files.createDirectory(temp.resolve("deleted"));
    Process process = sleep(kept);
    Watchdog watchdog = Watchdog.start(temp);
    try {
      long start = ProcessTable.find(process.pid()).startTicks();
      watchdog.addDirectory(kept);
      watchdog.addDirectory(deleted);
      watchdog.addProcess(process.pid(), start);
      watchdog.removeProcess(process.pid(), start);
      watchdog.removeDirectory(kept);

      awaitEnd(watchdog.release());

      assertThat(deleted).doesNotExist();
      assertThat(kept).exists();
      assertThat(process.isAlive()).isTrue();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void release_pidOfAnotherStartTime_isLeftAlone() throws Exception {
    Process process = sleep(temp);
    Watchdog watchdog = Watchdog.start(temp);
    try {
      watchdog.addProcess(process.pid(), ProcessTable.find(process.pid()).startTicks() + 1);

      awaitEnd(watchdog.release());

      assertThat(process.isAlive()).isTrue();
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process sleep(Path directory) throws IOException {
    return new ProcessBuilder("setsid", "sleep", "600").directory(directory.toFile()).start();
  }

  private static void awaitEnd(Process watchdog) throws InterruptedException {
    assertThat(watchdog.waitFor(20, TimeUnit.SECONDS)).as("the watchdog has ended").isTrue();
    assertThat(watchdog.exitValue()).isZero();
  }
}
