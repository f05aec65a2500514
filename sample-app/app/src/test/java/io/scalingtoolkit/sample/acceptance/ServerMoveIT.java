// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** All users move from the SQLite file to a server and its replica while they are served. */
final class ServerMoveIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String THERE = "--move-to-server";

  /** What somebody has been told is stored: an item with the account that may read it. */
  private record Stored(Account owner, String path, String text) {}

  private final Queue<Stored> stored = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  @Test
  void move_underLoad_losesNothingAndTheFileRefusesAllFromThenOn() throws Exception {
    try (PostgresCluster cluster = PostgresCluster.builder().replicas(1).start()) {
      Map<String, String> server = server(cluster);
      try (RunningApp app = RunningApp.on(Map.of())) {
        fill(app.api(), 30);
        try (Load load = new Load(app.api(), 3)) {
          load.awaitMore(30);

          assertThat(command(app, server, THERE)).as(output(app)).isZero();

          load.awaitMore(60);
        }
        assertThat(failures).as(warnings(app)).isEmpty();
        assertThat(output(app))
            .contains("\"state\":\"COPYING\"", "\"pauseMillis\":", "\"done\":true");
        assertAllThere(app.api());
        assertThat(count("jdbc:sqlite:" + app.dataDir().resolve("app.db"), "users")).isZero();
        try (Connection late =
                DriverManager.getConnection("jdbc:sqlite:" + app.dataDir().resolve("app.db"));
            Statement statement = late.createStatement()) {
          assertThatThrownBy(
                  () -> statement.execute("INSERT INTO audit_heads VALUES ('late', 1, '', 17)"))
              .hasMessageContaining("the slot of a row is not here");
        }
        assertThat(readsFromReplicas(app)).isPositive();

        assertThat(command(app, server, THERE)).isEqualTo(1);
        assertThat(output(app)).contains("have all moved to the server already");

        app.kill();
        assertThatThrownBy(app::start).hasMessageContaining("have moved to a database server");
      }
      try (RunningApp next = RunningApp.on(server)) {
        fill(next.api(), 1);
      }
    }
  }

  @Test
  void move_moverKilledWhileItSoaks_canBeTakenBackWithAllThatWasWrittenSince() throws Exception {
    try (PostgresCluster cluster = PostgresCluster.single();
        RunningApp app = RunningApp.on(Map.of())) {
      Map<String, String> server = server(cluster);
      fill(app.api(), 10);
      try (Load load = new Load(app.api(), 2)) {
        Process mover = start(app, server, THERE, "--app.move.soak=10m");
        await().atMost(PATIENCE).until(() -> output(app).contains("\"state\":\"SOAKING\""));
        load.awaitMore(40);
        mover.destroyForcibly().waitFor();
        load.awaitMore(10);

        assertThat(command(app, server, "--move-back")).as(output(app)).isZero();

        load.awaitMore(40);
      }
      assertThat(failures).as(warnings(app)).isEmpty();
      assertAllThere(app.api());
      assertThat(count(server.get("APP_DATABASE_PRIMARY_URL"), "users")).isZero();
      assertThat(app.dataDir().resolve("next-database.properties")).doesNotExist();

      app.kill();
      app.start();
      assertAllThere(app.api());
      assertThat(command(app, server, THERE)).as(output(app)).isZero();
      assertAllThere(app.api());
    }
  }

  @Test
  void move_moverKilledOnTheWay_goesOnWithTheSameCommand() throws Exception {
    try (PostgresCluster cluster = PostgresCluster.single();
        RunningApp app = RunningApp.on(Map.of())) {
      Map<String, String> server = server(cluster);
      fill(app.api(), 10);
      try (Load load = new Load(app.api(), 2)) {
        kill(app, server, "COPYING");
        assertThat(command(app, server, "--move-back")).as(output(app)).isZero();
        assertThat(app.dataDir().resolve("next-database.properties")).doesNotExist();
        for (String state : List.of("CATCHING_UP", "FREEZING")) {
          kill(app, server, state);
        }
        load.awaitMore(20);

        assertThat(command(app, server, THERE)).as(output(app)).isIn(0, 1);

        load.awaitMore(20);
      }
      assertThat(failures).as(warnings(app)).isEmpty();
      assertAllThere(app.api());
      assertThat(count(server.get("APP_DATABASE_PRIMARY_URL"), "users")).isPositive();
    }
  }

  @Test
  void move_targetNotEmpty_saysSoAndTheFileIsServedAsBefore() throws Exception {
    try (PostgresCluster cluster = PostgresCluster.single()) {
      Map<String, String> server = server(cluster);
      try (RunningApp other = RunningApp.on(server)) {
        fill(other.api(), 1);
        stored.clear();
      }
      try (RunningApp app = RunningApp.on(Map.of())) {
        fill(app.api(), 1);

        assertThat(command(app, server, THERE)).isEqualTo(1);

        assertThat(output(app)).contains("must be empty, but its table users has 1 rows");
        fill(app.api(), 1);
        assertAllThere(app.api());
      }
      try (RunningApp other = RunningApp.on(server)) {
        fill(other.api(), 1);
      }
    }
  }

  /** Starts a mover and kills it when it has said that it is in a state, or just after that. */
  private static void kill(RunningApp app, Map<String, String> server, String state)
      throws Exception {
    Process mover = start(app, server, THERE);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> output(app).contains("\"state\":\"" + state + "\"") || !mover.isAlive());
    mover.destroyForcibly().waitFor();
  }

  private static Map<String, String> server(PostgresCluster cluster) {
    String database = cluster.createDatabase();
    Map<String, String> server = new HashMap<>();
    server.put("APP_DATABASE_KIND", "postgres");
    server.put("APP_DATABASE_PRIMARY_URL", cluster.primary().jdbcUrl(database));
    List<PostgresNode> replicas = cluster.replicas();
    for (int i = 0; i < replicas.size(); i++) {
      server.put("APP_DATABASE_REPLICAS_" + i + "_URL", replicas.get(i).jdbcUrl(database));
    }
    return server;
  }

  private static Process start(RunningApp app, Map<String, String> server, String... arguments)
      throws IOException {
    Files.deleteIfExists(app.commandOutput());
    String[] all =
        Stream.concat(
                IntStream.range(0, arguments.length).mapToObj(i -> arguments[i]),
                Stream.of("--app.move.from=" + app.dataDir()))
            .toArray(String[]::new);
    return app.start(server, all);
  }

  private static int command(RunningApp app, Map<String, String> server, String... arguments)
      throws Exception {
    Process command = start(app, server, arguments);
    assertThat(command.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(output(app)).isTrue();
    return command.exitValue();
  }

  private static String output(RunningApp app) throws IOException {
    return Files.exists(app.commandOutput()) ? Files.readString(app.commandOutput()) : "";
  }

  private static String warnings(RunningApp app) throws IOException {
    return app.logLines().stream()
        .filter(line -> line.contains("\"WARN\"") || line.contains("\"ERROR\""))
        .collect(Collectors.joining("\n"));
  }

  private void fill(Api api, int accounts) {
    for (int i = 0; i < accounts; i++) {
      Account account = api.newAccount();
      keep(account, api.newItem(account, "{\"n\":" + i + "}"));
    }
  }

  private void keep(Account account, Answer item) {
    stored.add(new Stored(account, "/api/items/" + item.field("id"), item.text()));
  }

  private void assertAllThere(Api api) {
    for (Stored each : stored) {
      assertThat(api.get(each.path()).as(each.owner()).send().expect(200).text())
          .isEqualTo(each.text());
    }
    Account someone = stored.element().owner();
    api.post("/api/users", Api.registration(someone.email(), Api.unique("x"), Api.newPassword()))
        .send()
        .problem(409);
  }

  private static long count(String url, String table) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static double readsFromReplicas(RunningApp app) {
    return app.api()
        .get("/actuator/prometheus")
        .send()
        .expect(200)
        .text()
        .lines()
        .filter(line -> line.startsWith("toolkit_replication_routes"))
        .filter(line -> line.contains("role=\"replica\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** Users who register, write, and read what they have just written, until it is closed. */
  private final class Load implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final ExecutorService threads;
    private final List<Future<Boolean>> ends;

    Load(Api api, int clients) {
      threads = Executors.newFixedThreadPool(clients);
      ends = IntStream.range(0, clients).mapToObj(i -> threads.submit(() -> work(api))).toList();
    }

    private boolean work(Api api) {
      while (!over.get()) {
        try {
          Account account = api.newAccount();
          for (int i = 0; i < 5 && !over.get(); i++) {
            Answer item = api.newItem(account, "{\"n\":" + i + "}");
            keep(account, item);
            String read =
                api.get("/api/items/" + item.field("id")).as(account).send().expect(200).text();
            if (!read.equals(item.text())) {
              failures.add("read " + read + " after " + item.text());
            }
          }
        } catch (AssertionError | RuntimeException refused) {
          failures.add(String.valueOf(refused.getMessage()));
        }
      }
      return true;
    }

    void awaitMore(int items) {
      int before = stored.size();
      await().atMost(PATIENCE).until(() -> stored.size() >= before + items || !failures.isEmpty());
    }

    @Override
    public void close() {
      over.set(true);
      threads.shutdown();
      await().atMost(PATIENCE).until(() -> ends.stream().allMatch(Future::isDone));
    }
  }
}
