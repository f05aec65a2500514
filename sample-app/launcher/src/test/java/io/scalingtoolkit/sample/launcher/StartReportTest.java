// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StartReportTest {

  private static final ProcessIdentity SELF =
      ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();

  @Test
  void print_detached_namesUrlDataLogMemoryAndStop() {
    Path data = Path.of("/srv/data");
    RunState state = new RunState(1, 8081, data, Path.of("/srv/app.jar"), SELF, false, null);
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    new StartReport(
            state, new DataFolder(data), Database.POSTGRES, SELF.pid(), List.of("engine  here"))
        .print(new PrintStream(out, true, StandardCharsets.UTF_8), 2_345_000_000L, true);

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(
            "phase 1: one process with PostgreSQL",
            "  engine  here",
            "ready after 2.3 s",
            "http://localhost:8081",
            "/srv/data/logs/app.log")
        .containsPattern("memory +\\d+ MiB in use, heap limit 256m")
        .contains("pid     " + SELF.pid(), "Stop with ./run stop --port 8081");
  }

  @Test
  void firstSteps_eachIsOneLine() {
    assertThat(StartReport.firstSteps("http://localhost:8080"))
        .hasSize(3)
        .allSatisfy(step -> assertThat(step.lines()).hasSize(1));
  }
}
