// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.EngineException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;

/** Tests the process verbs on containers, when {@code -Dtoolkit.engines=docker} asks for them. */
class ContainerHostIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final EngineHost host = ContainerHost.Holder.INSTANCE;
  private final Workspace workspace = Workspace.open("c");

  @BeforeEach
  void dockerIsWanted() {
    assumeTrue(
        "docker".equals(System.getProperty("toolkit.engines")),
        "containers are tried with -Dtoolkit.engines=docker only");
    Optional<String> reason = host.unavailable();
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
  }

  @AfterEach
  void close() {
    workspace.close();
  }

  @Test
  void freezeThawKill_runningNode_reachesItAndRemovesTheContainer() {
    EngineProcess node = host.start(shell("while :; do date >>ticks; sleep 0.05; done"));
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> workspace.path().resolve("ticks").toFile().exists());

    node.freeze();
    long frozenAt = workspace.path().resolve("ticks").toFile().length();
    assertThat(node.isAlive()).isTrue();
    Awaitility.await()
        .during(Duration.ofMillis(300))
        .until(() -> workspace.path().resolve("ticks").toFile().length() == frozenAt);
    node.thaw();
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> workspace.path().resolve("ticks").toFile().length() > frozenAt);
    node.freeze();
    node.kill();

    assertThat(node.isAlive()).isFalse();
    assertThat(node.awaitExit(LIMIT)).isEqualTo(128 + 9);
    assertThat(containersOfThisJvm()).isZero();
  }

  @Test
  void signal_int_endsTheNode() {
    EngineProcess node =
        host.start(shell("trap 'exit 7' INT; echo ready; while :; do sleep 0.05; done"));
    Awaitility.await().atMost(LIMIT).until(() -> LogTail.of(workspace.log("c")).contains("ready"));

    node.signal(EngineProcess.Signal.INT);

    assertThat(node.awaitExit(LIMIT)).isEqualTo(7);
  }

  @Test
  void run_programFails_saysCodeAndLogTail() {
    assertThatThrownBy(() -> host.run(shell("echo no such luck; exit 3"), LIMIT))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("exit code 3")
        .hasMessageContaining("no such luck");
  }

  @Test
  void close_nodeStillRuns_endsItAndDeletesTheFiles() {
    EngineProcess node = host.start(shell("sleep 600 & wait"));

    workspace.close();

    Awaitility.await().atMost(LIMIT).until(() -> !node.isAlive());
    assertThat(workspace.path()).doesNotExist();
    assertThat(containersOfThisJvm()).isZero();
  }

  private static int containersOfThisJvm() {
    String home = JvmHome.current().directory().getFileName().toString();
    return DockerClientFactory.lazyClient()
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(Map.of("io.scalingtoolkit.testkit.home", home))
        .exec()
        .size();
  }

  private EngineCommand shell(String script) {
    return new EngineCommand(
        "c",
        List.of("/bin/sh", "-c", script),
        Map.of(),
        workspace.path(),
        workspace.path(),
        workspace.log("c"),
        false);
  }
}
