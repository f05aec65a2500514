// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Phase 3 in processes of its own, with real shards and a real Redis Cluster; only the application
 * and the balancer are stand-ins.
 */
final class FleetStartIT {

  private static final Duration PATIENCE = Duration.ofSeconds(180);

  @TempDir private Path root;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path data = Path.of("");
  private Project project = new Project(Path.of(""));
  private int port;
  private Database database = Database.POSTGRES;

  @BeforeEach
  void choose() throws IOException {
    project = new Project(root);
    data = root.resolve("data/phase-3");
    FakeApp.jar(project.appJar());
    port = QuietPorts.find();
  }

  @AfterEach
  void stop() {
    assertThat(run("stop")).isZero();
    await().atMost(PATIENCE).until(() -> processes().isEmpty());
  }

  @Test
  void supervise_startAddStopAndStartAgain() throws Exception {
    Path said = start(2);
    Map<String, String> environment = environment();

    assertThat(Files.readString(said))
        .contains(
            "phase 3: 2 instances behind a load balancer, PostgreSQL in 2 shards",
            "  relay on " + port,
            "  shard   s1\n    engine  PostgreSQL 18",
            "its data and logs in " + data.resolve("engine-s2"),
            "redis   Redis Cluster on 127.0.0.1",
            "./run shards --port " + port)
        .containsPattern("app 2   on 127\\.0\\.0\\.1:\\d+, \\d+ MiB")
        .containsPattern("memory  \\d{3,} MiB in all")
        .doesNotContain(environment.get("APP_DATABASE_PASSWORD"));
    assertThat(ask(environment, "SHARDS_0_PRIMARY", "SELECT pg_is_in_recovery()")).isEqualTo("f");
    assertThat(ask(environment, "SHARDS_0_REPLICAS_0", "SELECT pg_is_in_recovery()"))
        .isEqualTo("t");
    assertThat(ask(environment, "SHARDS_1_PRIMARY", "SELECT current_user")).isEqualTo("app");

    Files.write(data.resolve("mover-script"), List.of("{\"done\":true,\"pauseMillisMax\":3}"));
    assertThat(run("shards", "add", "s3")).as(errors()).isZero();
    assertThat(printed()).contains("All moves are done; the longest pause of writes was 3 ms.");
    assertThat(ask(environment(), "SHARDS_2_PRIMARY", "SELECT current_user")).isEqualTo("app");
    assertThat(run("shards")).isZero();
    assertThat(printed()).contains("map       version 7, 16 slots");

    assertThat(run("stop")).isZero();
    assertThat(processes()).isEmpty();
    assertThat(project.stateFolder()).isDirectoryNotContaining("glob:**{.properties,.control}");
    for (String shard : List.of("s1", "s2", "s3")) {
      assertThat(data.resolve("engine-" + shard + "/logs/node1.log"))
          .content()
          .contains("database system is shut down");
    }

    start(1);
    assertThat(environment()).containsEntry("APP_DATABASE_SHARDS_2_NAME", "s3");
  }

  @Test
  void supervise_killed_leavesNothingAndStartsAgain() throws Exception {
    start(2);
    ProcessHandle supervisor =
        new RunStates(project.stateFolder()).running().get(0).process().alive().orElseThrow();
    List<ProcessHandle> all = supervisor.descendants().toList();
    // Two instances, four database servers, seven of Redis, and what those have started.
    assertThat(all).hasSizeGreaterThan(13);

    supervisor.destroyForcibly();

    await().atMost(PATIENCE).until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
    assertThat(processes()).isEmpty();
    start(1);
    assertThat(FleetBench.get(port, "/who")).isNotEmpty();
  }

  @Test
  void supervise_secondTimeOnTheSameData_isRefused() throws Exception {
    start(1);

    Process second = process(port + 1, root.resolve("second"));

    assertThat(second.waitFor()).isEqualTo(1);
    assertThat(root.resolve("second"))
        .content()
        .contains("the data folder " + data + " is in use by this project's application, phase 3");
    assertThat(FleetBench.get(port, "/who")).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Database.class,
      names = {"MARIADB", "MYSQL"})
  void supervise_anotherDatabase_hasReplicasAndComesBack(Database named) throws Exception {
    database = named;
    assumeThat(unavailable(named)).as("can run here").isEmpty();
    start(1);
    Map<String, String> environment = environment();
    for (String node : List.of("SHARDS_0_PRIMARY", "SHARDS_0_REPLICAS_0", "SHARDS_1_PRIMARY")) {
      assertThat(ask(environment, node, "SELECT database()")).isEqualTo("app");
    }

    assertThat(run("stop")).isZero();
    assertThat(processes()).isEmpty();

    start(1);
    assertThat(ask(environment(), "SHARDS_1_REPLICAS_0", "SELECT database()")).isEqualTo("app");
  }

  private static Optional<String> unavailable(Database database) {
    return database == Database.MYSQL ? MySqlCluster.unavailable() : MariaDbCluster.unavailable();
  }

  private Path start(int instances) throws Exception {
    Path said = Files.createTempFile(root, "said", "");
    Process process = process(port, said, instances);
    await()
        .atMost(PATIENCE)
        .until(() -> Files.readString(said).contains(Supervisor.READY) || !process.isAlive());
    assertThat(process.isAlive()).as(Files.readString(said)).isTrue();
    return said;
  }

  private Process process(int port, Path said) throws IOException {
    return process(port, said, 1);
  }

  private Process process(int port, Path said, int instances) throws IOException {
    return new ProcessBuilder(
            Program.java().toString(),
            "-Xmx96m",
            "-cp",
            System.getProperty("java.class.path"),
            RelaySupervisor.class.getName(),
            root.toString(),
            data.toString(),
            Integer.toString(port),
            Integer.toString(instances),
            database.word())
        .redirectErrorStream(true)
        .redirectOutput(said.toFile())
        .start();
  }

  private int run(String... arguments) {
    return Main.commandLine(
            project,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .execute(arguments);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** What an instance has been told. */
  private Map<String, String> environment() throws IOException {
    Map<String, String> environment = new TreeMap<>();
    FleetBench.get(port, "/environment")
        .lines()
        .forEach(
            line ->
                environment.put(
                    line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
    return environment;
  }

  private static String ask(Map<String, String> environment, String node, String query)
      throws Exception {
    try (Connection connection =
            DriverManager.getConnection(
                environment.get("APP_DATABASE_" + node + "_URL"),
                environment.get("APP_DATABASE_USERNAME"),
                environment.get("APP_DATABASE_PASSWORD"));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  /** Command lines of what works on the data: supervisor, instances, mover, database servers. */
  private List<String> processes() {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains(data.toString()))
        .toList();
  }
}
