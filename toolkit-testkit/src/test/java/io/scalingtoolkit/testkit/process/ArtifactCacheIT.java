// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Unpacking with several JVMs at once, and after one was killed in the middle. */
class ArtifactCacheIT {
  private Workspace workspace;
  private Path cache;

  @BeforeEach
  void createCache() {
    workspace = Workspace.open("cache");
    cache = workspace.createDirectory("engines");
  }

  @AfterEach
  void close() {
    workspace.close();
  }

  @Test
  void unpack_twoJvmsAtOnce_onlyOneDoesTheWorkAndBothUseIt() throws IOException {
    try (ChildJvm one = unpack();
        ChildJvm two = unpack()) {
      String path = one.awaitLine("UNPACKED");

      assertThat(two.awaitLine("UNPACKED")).isEqualTo(path);
      assertThat(one.awaitExit()).isZero();
      assertThat(two.awaitExit()).isZero();
      assertThat(Path.of(path, "bin", "postgres")).isExecutable();
      assertThat(
              Stream.of(one.output(), two.output())
                  .filter(text -> text.contains("- made the files of")))
          .as("JVMs that logged the work")
          .hasSize(1);
      assertThat(names()).hasSize(2).noneMatch(name -> name.contains("partial"));
    }
  }

  @Test
  void unpack_killedInTheMiddle_theNextStartsAfresh() throws IOException {
    try (ChildJvm killed = unpack()) {
      Awaitility.await()
          .pollInterval(Duration.ofMillis(5))
          .atMost(Duration.ofSeconds(60))
          .until(() -> names().stream().anyMatch(name -> name.contains("partial")));
      killed.kill();
    }
    assertThat(names()).anyMatch(name -> name.contains("partial"));

    try (ChildJvm next = unpack()) {
      Path path = Path.of(next.awaitLine("UNPACKED"));

      assertThat(next.awaitExit()).isZero();
      assertThat(path.resolve("bin").resolve("postgres")).isExecutable();
      assertThat(names()).noneMatch(name -> name.contains("partial"));
    }
  }

  private ChildJvm unpack() {
    return ChildJvm.start(UnpackMain.class, List.of("-Dtoolkit.engines.cache=" + cache));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
