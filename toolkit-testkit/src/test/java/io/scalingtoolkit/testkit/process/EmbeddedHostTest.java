// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.EngineException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the process verbs with a shell that has a child, in the place of an engine. */
class EmbeddedHostTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Workspace workspace = Workspace.open("t");

  @AfterEach
  void close() {
    workspace.close();
  }

  @Test
  void freezeThawKill_treeOfTwo_reachBoth() {
    EngineProcess process = EngineHost.current().start(shell("sleep 600 & wait"));
    Awaitility.await().until(() -> ProcessTable.descendants(process.pid()).size() == 1);
    long child = ProcessTable.descendants(process.pid()).get(0).pid();

    process.freeze();
    assertThat(ProcessTable.find(process.pid()).state()).isEqualTo('T');
    assertThat(ProcessTable.find(child).state()).isEqualTo('T');
    process.thaw();
    assertThat(ProcessTable.find(child).state()).isNotEqualTo('T');
    process.freeze();
    process.kill();

    assertThat(process.isAlive()).isFalse();
    assertThat(ProcessTable.isAlive(child)).isFalse();
    assertThat(process.awaitExit(LIMIT)).isEqualTo(128 + 9);
  }

  @Test
  void signal_int_endsTheProcess() {
    EngineProcess process =
        EngineHost.current()
            .start(shell("trap 'exit 7' INT; echo ready; while :; do sleep 0.05; done"));
    Awaitility.await().until(() -> LogTail.of(workspace.log("t")).contains("ready"));

    process.signal(EngineProcess.Signal.INT);

    assertThat(process.awaitExit(LIMIT)).isEqualTo(7);
  }

  @Test
  void run_programFails_saysCodeAndLogTail() {
    assertThatThrownBy(() -> EngineHost.current().run(shell("echo no such luck; exit 3"), LIMIT))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("exit code 3")
        .hasMessageContaining("no such luck");
  }

  @Test
  void run_programHangs_isKilledAtTheDeadline() {
    assertThatThrownBy(() -> EngineHost.current().run(shell("sleep 600"), Duration.ofMillis(200)))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("200 ms");
    assertThat(ProcessTable.workingIn(workspace.path())).isEmpty();
  }

  @Test
  void start_noSuchProgram_namesIt() {
    EngineCommand command =
        new EngineCommand(
            "t",
            List.of("/no/such/program"),
            Map.of(),
            Path.of("/no/such"),
            workspace.path(),
            workspace.log("t"),
            false);

    assertThatThrownBy(() -> EngineHost.current().run(command, LIMIT))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("/no/such/program");
  }

  @Test
  void close_engineStillRuns_killsItAndDeletesTheFiles() {
    EngineProcess process = EngineHost.current().start(shell("sleep 600 & wait"));

    workspace.close();

    Awaitility.await().atMost(LIMIT).until(() -> !process.isAlive());
    assertThat(workspace.path()).doesNotExist();
    assertThat(ProcessTable.workingIn(workspace.path())).isEmpty();
  }

  @Test
  void closeAfter_interruptedAndOneKillFails_doesAllTheRestAndSaysSo() {
    EngineProcess process = EngineHost.current().start(shell("sleep 600 & wait"));
    Runnable failing =
        () -> {
          throw new EngineException("would not die");
        };

    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> workspace.closeAfter(List.of(failing, process::kill)))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("would not die");

    assertThat(Thread.interrupted()).isTrue();
    assertThat(process.isAlive()).isFalse();
    assertThat(workspace.path()).doesNotExist();
  }

  private EngineCommand shell(String script) {
    return new EngineCommand(
        "t",
        List.of("/bin/sh", "-c", script),
        Map.of(),
        Path.of("/bin"),
        workspace.path(),
        workspace.log("t"),
        false);
  }
}
