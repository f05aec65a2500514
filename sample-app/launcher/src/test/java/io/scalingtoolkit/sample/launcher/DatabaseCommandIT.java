// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./run --db postgres} as a person would use it. */
final class DatabaseCommandIT {

  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @TempDir private Path scratch;

  private Path data = Path.of("");
  private String port = "";

  @BeforeEach
  void choose() throws IOException {
    data = scratch.resolve("data");
    try (ServerSocket socket = new ServerSocket(0)) {
      port = Integer.toString(socket.getLocalPort());
    }
  }

  @AfterEach
  void stop() throws Exception {
    assertThat(script().run("stop", "--port", port).exitCode()).isZero();
    await().atMost(PATIENCE).until(() -> running().isEmpty());
  }

  @Test
  void start_detachedStoppedAndStartedAgain_keepsTheData() throws Exception {
    RunScript.Result first = start();
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out())
        .contains("phase 1: one process with PostgreSQL", "engine  PostgreSQL 18", "data/engine");
    assertThat(send("/api/users", "\"email\":\"ada@example.org\",\"username\":\"ada\""))
        .isEqualTo(201);
    assertThat(running()).isNotEmpty().noneMatch(line -> line.contains("password"));

    assertThat(script().run("stop", "--port", port).out()).startsWith("Stopped phase 1");
    assertThat(running()).isEmpty();
    assertThat(data.resolve("engine/logs/node1.log"))
        .content()
        .contains("database system is shut down");

    assertThat(start().exitCode()).isZero();
    assertThat(send("/api/sessions", "\"login\":\"ada\"")).isEqualTo(201);
  }

  @Test
  void start_launcherKilled_leavesNoEngineAndEndsInOrder() throws Exception {
    RunScript.Started launcher =
        script().start("--db", "postgres", "--port", port, "--data", data.toString());
    await()
        .atMost(PATIENCE)
        .until(() -> launcher.out().contains("Stop with") || !launcher.process().isAlive());
    assertThat(launcher.process().isAlive()).as(Files.readString(launcher.errFile())).isTrue();

    launcher.process().destroyForcibly().waitFor();

    await().atMost(PATIENCE).until(() -> running().isEmpty());
    assertThat(data.resolve("logs/app.log")).content().contains("Commencing graceful shutdown");
    assertThat(data.resolve("engine/logs/node1.log"))
        .content()
        .contains("database system is shut down");
  }

  @Test
  void start_supervisorKilled_leavesNothingAndLosesNothing() throws Exception {
    assertThat(start().exitCode()).isZero();
    assertThat(send("/api/users", "\"email\":\"ada@example.org\",\"username\":\"ada\""))
        .isEqualTo(201);
    RunState state =
        new RunStates(new Project(project()).stateFolder())
            .running().stream()
                .filter(run -> run.port() == Integer.parseInt(port))
                .findFirst()
                .orElseThrow();

    state.process().alive().orElseThrow().destroyForcibly();

    await().atMost(PATIENCE).until(() -> running().isEmpty());
    assertThat(start().exitCode()).isZero();
    assertThat(send("/api/sessions", "\"login\":\"ada\"")).isEqualTo(201);
  }

  private RunScript.Result start() throws Exception {
    return script().run("--db", "postgres", "--port", port, "--data", data.toString(), "--detach");
  }

  private RunScript script() {
    return RunScript.here(scratch);
  }

  private static Path project() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(folder.resolve("run"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  /** Command lines of the processes that work on the data: application, supervisor, servers. */
  private List<String> running() {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains(data.toString()))
        .toList();
  }

  private int send(String path, String fields) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{" + fields + ",\"password\":\"to-be-changed-42\"}"))
            .build();
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }
}
