// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The same verbs as another user than the one that runs the build. */
class PostgresUsersIT {
  @Test
  void verbs_ordinaryUserWithoutHomeOrJUnit_workAndLeaveOnlyTheCache() throws IOException {
    assumeTrue(ChildJvm.isRoot(), "needs root to start a JVM as another user");
    try (ChildJvm child = ChildJvm.startAsNobody(ClusterMain.class, List.of(), "verbs")) {
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

  @Test
  void verbs_asRootWhereUserNameSpacesAreForbidden_runAsNobody() {
    assumeTrue(ChildJvm.isRoot(), "needs root");
    List<String> options = List.of("-Dtoolkit.engines.root=setpriv");
    try (ChildJvm child = ChildJvm.start(ClusterMain.class, options, "verbs")) {
      assertThat(child.awaitLine("ROWS")).isEqualTo("2");
      assertThat(child.awaitLine("USER")).isEqualTo("root");
      assertThat(child.awaitExit()).isZero();
    }
  }
}
