// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both products as an ordinary user, and what is left of a JVM that was killed. */
class GtidProcessesIT {
  @ParameterizedTest
  @ValueSource(strings = {"mariadb", "mysql"})
  void verbs_asAnOrdinaryUserWithoutHome_workAndLeaveOnlyTheCache(String product)
      throws IOException {
    assumeTrue(ChildJvm.isRoot(), "needs root to start a JVM as another user");
    assumeAvailable(product);
    try (ChildJvm child =
        ChildJvm.startAsNobody(GtidClusterMain.class, List.of(), product, "verbs")) {
      assertThat(child.awaitLine("ROWS")).isEqualTo("2");
      assertThat(child.awaitLine("USER")).isEqualTo("nobody");
      assertThat(child.awaitExit()).isZero();
      Awaitility.await()
          .untilAsserted(
              () -> {
                try (Stream<Path> files = Files.list(child.temp())) {
                  assertThat(files.map(file -> file.getFileName().toString()))
                      .filteredOn(name -> !name.startsWith("hsperfdata"))
                      .containsExactly("scaling-toolkit-" + ChildJvm.NOBODY);
                }
              });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mariadb", "mysql"})
  void sigkill_ofTheJvmWithAFrozenReplica_noProcessAndNoFileIsLeft(String product) {
    assumeAvailable(product);
    try (ChildJvm child =
        ChildJvm.start(GtidClusterMain.class, List.of(), product, "wait-frozen")) {
      child.awaitLine("FROZEN");
      List<String> pids = List.of(child.awaitLine("PIDS").split(" "));
      Path files = Path.of(child.awaitLine("FILES"));
      assertThat(pids).hasSize(2).allMatch(GtidProcessesIT::isAlive);
      assertThat(files).exists();

      child.kill();

      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> {
                assertThat(pids).noneMatch(GtidProcessesIT::isAlive);
                assertThat(files.getParent()).doesNotExist();
              });
    }
  }

  private static void assumeAvailable(String product) {
    Optional<String> reason =
        product.equals("mysql") ? MySqlCluster.unavailable() : MariaDbCluster.unavailable();
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
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
