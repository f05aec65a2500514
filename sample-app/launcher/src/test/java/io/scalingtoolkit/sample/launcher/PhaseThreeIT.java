// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./run --phase 3} as a person would use it, with the real application and balancer. */
final class PhaseThreeIT {

  private static final Duration PATIENCE = Duration.ofSeconds(180);
  private static final Pattern INSTANCE = Pattern.compile("app 1   on 127\\.0\\.0\\.1:(\\d+)");

  @TempDir private Path scratch;

  private final HttpClient client = HttpClient.newHttpClient();
  private Path data = Path.of("");
  private String port = "";

  @BeforeEach
  void choose() throws IOException {
    data = scratch.resolve("data");
    port = Integer.toString(QuietPorts.find());
  }

  @AfterEach
  void stop() throws Exception {
    assertThat(RunScript.here(scratch).run("stop", "--port", port).exitCode()).isZero();
    await().atMost(PATIENCE).until(() -> running().isEmpty());
  }

  @Test
  void start_twoInstances_serveOverOnePortAndOneMayDie() throws Exception {
    RunScript.Result started =
        RunScript.here(scratch)
            .run(
                "--phase",
                "3",
                "--db",
                "postgres",
                "--instances",
                "2",
                "--port",
                port,
                "--data",
                data.toString(),
                "--detach");
    assertThat(started.exitCode()).as(started.err()).isZero();
    assertThat(started.out())
        .contains("phase 3: 2 instances", "shard   s1", "shard   s2", "Redis Cluster");
    assertThat(running()).noneMatch(line -> line.contains("password"));

    assertThat(post("/api/users", user("\"email\":\"ada@example.org\",\"username\":\"ada\""), ""))
        .isEqualTo(201);
    String token = token();
    assertThat(post("/api/items", "{\"data\":{\"title\":\"first\"}}", token)).isEqualTo(201);
    assertThat(RunScript.here(scratch).run("shards", "--port", port).out())
        .contains("shard     s1", "shard     s2");

    Matcher first = INSTANCE.matcher(started.out());
    assertThat(first.find()).isTrue();
    ProcessHandle killed = listening(first.group(1));
    killed.destroyForcibly();

    await().atMost(PATIENCE).until(() -> !killed.isAlive());
    for (int i = 0; i < 20; i++) {
      assertThat(get("/api/items", token)).isEqualTo(200);
    }
    assertThat(post("/api/items", "{\"data\":{\"title\":\"second\"}}", token)).isEqualTo(201);

    assertThat(RunScript.here(scratch).run("stop", "--port", port).out())
        .startsWith("Stopped phase 3");
    assertThat(running()).isEmpty();
  }

  private ProcessHandle listening(String instancePort) {
    ListeningPorts ports = new ListeningPorts(Path.of("/proc"));
    long pid = ports.holder(Integer.parseInt(instancePort)).orElseThrow().pid();
    return ProcessHandle.of(pid).orElseThrow();
  }

  private static String user(String fields) {
    return "{" + fields + ",\"password\":\"to-be-changed-42\"}";
  }

  private String token() throws Exception {
    String answer =
        client
            .send(
                request("/api/sessions", "")
                    .POST(HttpRequest.BodyPublishers.ofString(user("\"login\":\"ada\"")))
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    return String.valueOf(Json.object(answer).get("accessToken"));
  }

  private int post(String path, String body, String token) throws Exception {
    return client
        .send(
            request(path, token).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private int get(String path, String token) throws Exception {
    return client
        .send(request(path, token).GET().build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private HttpRequest.Builder request(String path, String token) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .header("Content-Type", "application/json");
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  /** Command lines of what works on the data. */
  private List<String> running() {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains(data.toString()))
        .toList();
  }
}
