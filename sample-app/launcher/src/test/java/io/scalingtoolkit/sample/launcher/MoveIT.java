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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./run move --to phase 2} as a person would use it, while others use the application. */
final class MoveIT {

  private static final Duration PATIENCE = Duration.ofSeconds(180);

  /** {@code -Dmove.db=} mariadb or mysql has the users move to another product. */
  private static final Database DATABASE = Database.of(System.getProperty("move.db", "postgres"));

  /** Slow enough for the limits of one address. */
  private static final Duration BETWEEN_ITEMS = Duration.ofMillis(40);

  @TempDir private Path scratch;

  private final HttpClient client = HttpClient.newHttpClient();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean over = new AtomicBoolean();

  /** Path of each item that was acknowledged, with the token of its user. */
  private final Map<String, String> ledger = new ConcurrentHashMap<>();

  private Path data = Path.of("");
  private String port = "";

  @BeforeEach
  void choose() throws IOException {
    data = scratch.resolve("data");
    port = Integer.toString(QuietPorts.find());
  }

  @AfterEach
  void stop() throws Exception {
    assertThat(run("stop", "--port", port).exitCode()).isZero();
    await().atMost(PATIENCE).until(() -> running().isEmpty());
  }

  @Test
  void move_underLoad_servesFromServersAndLosesNothing() throws Exception {
    start();
    List<Future<?>> ends = clients(3);
    awaitItems(30);

    RunScript.Result moved = startMove().await();

    assertThat(moved.exitCode()).as(moved.err()).isZero();
    assertThat(moved.out())
        .contains("Starting " + DATABASE.product(), "Moving to " + DATABASE.product())
        .contains("copying", " rows", "pause", "All moves are done")
        .contains(new MoveNote(DATABASE, true).startCommand(data));
    awaitItems(ledger.size() + 30);
    end(ends);
    assertThat(failures).isEmpty();
    assertLedger();
    RunScript.Result again = run("move", "--to", "phase", "2", "--port", port);
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("the data has moved already; what runs is phase 2 on port");

    assertThat(run("stop", "--port", port).out()).startsWith("Stopped phase 2");
    assertThat(running()).isEmpty();
    RunScript.Result before = run("--port", port, "--data", data.toString(), "--detach");
    assertThat(before.exitCode()).isEqualTo(1);
    assertThat(before.err())
        .contains("has moved to " + DATABASE.product() + "; start it with ./run --phase 2");
    RunScript.Result next = startPhaseTwo();
    assertThat(next.exitCode()).as(next.err()).isZero();
    assertLedger();
    assertThat(post("/api/items", "{\"data\":{}}", ledger.values().iterator().next()).statusCode())
        .isEqualTo(201);
  }

  @Test
  void back_whileItSoaks_servesFromTheFileAgain() throws Exception {
    start();
    List<Future<?>> ends = clients(2);
    awaitItems(20);
    RunScript.Started move = startMove("--soak", "10m");
    await()
        .atMost(PATIENCE)
        .until(() -> move.out().contains("soaking") || !move.process().isAlive());
    assertThat(move.process().isAlive()).as(Files.readString(move.errFile())).isTrue();
    awaitItems(ledger.size() + 20);

    RunScript.Result back = run("move", "--back", "--port", port);

    assertThat(back.exitCode()).as(back.err()).isZero();
    assertThat(back.out()).contains("All users are in the file again");
    awaitItems(ledger.size() + 20);
    end(ends);
    assertThat(failures).isEmpty();
    assertThat(move.await().exitCode()).isEqualTo(1);
    await().atMost(PATIENCE).until(() -> running().size() == 1);
    assertLedger();
    assertThat(run("stop", "--port", port).out()).startsWith("Stopped phase 1");
    start();
    assertLedger();
  }

  @Test
  void resume_keeperKilled_goesOnAndTheApplicationServesAllTheTime() throws Exception {
    start();
    List<Future<?>> ends = clients(2);
    awaitItems(20);
    RunScript.Started move = startMove();
    await().atMost(PATIENCE).until(() -> Files.exists(data.resolve("next-database.properties")));
    state().aliveKeeper().orElseThrow().destroyForcibly();
    assertThat(move.await().exitCode()).isEqualTo(1);
    await().atMost(PATIENCE).until(() -> running().size() == 1);
    awaitItems(ledger.size() + 20);

    RunScript.Result resumed = run("move", "resume", "--port", port);

    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    awaitItems(ledger.size() + 20);
    end(ends);
    assertThat(failures).isEmpty();
    assertLedger();
  }

  @Test
  void phaseTwo_keeperAndApplicationKilled_finishesTheMoveBeforeItServes() throws Exception {
    start();
    List<Future<?>> ends = clients(2);
    awaitItems(10);
    RunScript.Started move = startMove();
    await().atMost(PATIENCE).until(() -> Files.exists(data.resolve("next-database.properties")));
    end(ends);
    RunState state = state();
    state.aliveKeeper().orElseThrow().destroyForcibly();
    state.process().alive().orElseThrow().destroyForcibly();
    RunScript.Result ended = move.await();
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).contains("./run --phase 2").contains("--data " + data);
    await().atMost(PATIENCE).until(() -> running().isEmpty());

    RunScript.Result sharded = run("--phase", "3", "--port", port, "--data", data.toString());
    RunScript.Result next = startPhaseTwo();

    assertThat(sharded.exitCode()).isEqualTo(1);
    assertThat(sharded.err()).contains("is on the way to", "or give phase 3 another folder");
    assertThat(next.exitCode()).as(next.err()).isZero();
    assertThat(next.out()).contains("Moving the users from the SQLite file to ");
    assertLedger();
    assertThat(MoveNote.read(data)).map(MoveNote::moved).contains(true);
  }

  private void start() throws Exception {
    RunScript.Result started = run("--port", port, "--data", data.toString(), "--detach");
    assertThat(started.exitCode()).as(started.err()).isZero();
  }

  private RunScript.Started startMove(String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of("move", "--to", "phase", "2", "--port", port));
    all.addAll(List.of("--db", DATABASE.word()));
    all.addAll(List.of(options));
    return RunScript.here(scratch).start(all.toArray(String[]::new));
  }

  private RunScript.Result startPhaseTwo() throws Exception {
    return run(
        "--phase",
        "2",
        "--db",
        DATABASE.word(),
        "--port",
        port,
        "--data",
        data.toString(),
        "--detach");
  }

  private RunScript.Result run(String... arguments) throws Exception {
    return RunScript.here(scratch).run(arguments);
  }

  private RunState state() {
    Path project = data;
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (Files.isRegularFile(folder.resolve("run"))) {
        project = folder;
        break;
      }
    }
    return new RunStates(new Project(project).stateFolder())
        .running().stream()
            .filter(run -> run.port() == Integer.parseInt(port))
            .findFirst()
            .orElseThrow();
  }

  /** Users who write, and read what they have just written. */
  private List<Future<?>> clients(int count) throws Exception {
    List<Future<?>> ends = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(count);
    for (int i = 0; i < count; i++) {
      String name = "user" + i;
      String token = register(name);
      ends.add(threads.submit(() -> work(token)));
    }
    threads.shutdown();
    return ends;
  }

  private void work(String token) {
    for (int i = 0; !over.get(); i++) {
      try {
        HttpResponse<String> item = post("/api/items", "{\"data\":{\"n\":" + i + "}}", token);
        if (item.statusCode() != 201) {
          failures.add("written: " + item.statusCode() + " " + item.body());
          continue;
        }
        String path = "/api/items/" + Json.object(item.body()).get("id");
        ledger.put(path, token);
        HttpResponse<String> read = get(path, token);
        if (read.statusCode() != 200 || !read.body().contains("\"n\":" + i)) {
          failures.add("read after it was written: " + read.statusCode() + " " + read.body());
        }
      } catch (Exception e) {
        failures.add(e.toString());
      }
      LockSupport.parkNanos(BETWEEN_ITEMS.toNanos());
    }
  }

  private void awaitItems(int count) {
    await().atMost(PATIENCE).until(() -> ledger.size() >= count || !failures.isEmpty());
    assertThat(failures).isEmpty();
  }

  private void end(List<Future<?>> ends) throws Exception {
    over.set(true);
    for (Future<?> each : ends) {
      each.get(60, TimeUnit.SECONDS);
    }
  }

  private void assertLedger() throws Exception {
    for (Map.Entry<String, String> item : ledger.entrySet()) {
      HttpResponse<String> read = get(item.getKey(), item.getValue());
      if (read.statusCode() == 429) {
        LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        read = get(item.getKey(), item.getValue());
      }
      assertThat(read.statusCode()).as(item.getKey()).isEqualTo(200);
    }
  }

  private String register(String name) throws Exception {
    String account = "\"email\":\"" + name + "@example.org\",\"username\":\"" + name + "\"";
    assertThat(post("/api/users", user(account), "").statusCode()).isEqualTo(201);
    String answer = post("/api/sessions", user("\"login\":\"" + name + "\""), "").body();
    return String.valueOf(Json.object(answer).get("accessToken"));
  }

  private static String user(String fields) {
    return "{" + fields + ",\"password\":\"to-be-changed-42\"}";
  }

  private HttpResponse<String> post(String path, String body, String token) throws Exception {
    return client.send(
        request(path, token).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path, String token) throws Exception {
    return client.send(request(path, token).GET().build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path, String token) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .timeout(Duration.ofSeconds(30))
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
