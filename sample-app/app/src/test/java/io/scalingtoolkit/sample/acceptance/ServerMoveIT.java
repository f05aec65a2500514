// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.sample.acceptance.Api.Account;
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
import java.util.Objects;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** All users move from the SQLite file to a server and its replica while they are served. */
final class ServerMoveIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String THERE = "--move-to-server";
  private static final String LATE_WRITE = "INSERT INTO audit_heads VALUES ('late', 1, '', 17)";
  private static @Nullable MoveServer server;

  /** What somebody has been told is stored: an item with the account that may read it. */
  private record Stored(Account owner, String path, String text) {}

  private final Queue<Stored> stored = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private Map<String, String> database = Map.of();

  @BeforeAll
  static void startServer() {
    server = MoveServer.start();
  }

  @AfterAll
  static void stopServer() {
    server().close();
  }

  @BeforeEach
  void choose() {
    database = server().newDatabase();
  }

  @Test
  void move_underLoad_losesNothingAndTheFileRefusesAllFromThenOn() throws Exception {
    try (RunningApp app = RunningApp.on(Map.of())) {
      fill(app.api(), 10);
      try (Load load = new Load(app.api(), 3)) {
        load.awaitMore(20);

        assertThat(command(app, THERE)).as(output(app)).isZero();

        load.awaitMore(40);
      }
      assertThat(failures).as(warnings(app)).isEmpty();
      assertThat(output(app))
          .contains("\"state\":\"COPYING\"", "\"pauseMillis\":", "\"done\":true");
      assertAllThere(app.api());
      assertAuditChains(primary());
      assertThat(count(file(app), "users")).isZero();
      assertThatThrownBy(() -> execute(file(app), LATE_WRITE))
          .hasMessageContaining("the slot of a row is not here");
      assertThat(readsFromReplicas(app)).isPositive();

      assertThat(command(app, THERE)).isEqualTo(1);
      assertThat(output(app)).contains("have all moved to the server already");

      app.kill();
      assertThatThrownBy(app::start).hasMessageContaining("have moved to a database server");
    }
  }

  @Test
  void move_moverKilledWhileItSoaks_canBeTakenBackWithAllThatWasWrittenSince() throws Exception {
    try (RunningApp app = RunningApp.on(Map.of())) {
      fill(app.api(), 5);
      try (Load load = new Load(app.api(), 2)) {
        Process mover = start(app, THERE, "--app.move.soak=10m");
        await().atMost(PATIENCE).until(() -> output(app).contains("\"state\":\"SOAKING\""));
        load.awaitMore(20);
        mover.destroyForcibly().waitFor();
        load.awaitMore(10);

        assertThat(command(app, "--move-back")).as(output(app)).isZero();

        load.awaitMore(20);
      }
      assertThat(failures).as(warnings(app)).isEmpty();
      assertAllThere(app.api());
      assertAuditChains(file(app));
      assertThat(count(primary(), "users")).isZero();
      assertThat(app.dataDir().resolve("next-database.properties")).doesNotExist();

      app.kill();
      app.start();
      assertAllThere(app.api());
      assertThat(command(app, THERE)).as(output(app)).isZero();
      assertAllThere(app.api());
    }
  }

  @Test
  void move_moverKilledOnTheWay_goesOnWithTheSameCommand() throws Exception {
    server().pauseReplica();
    try (RunningApp app = RunningApp.on(Map.of())) {
      fill(app.api(), 5);
      try (Load load = new Load(app.api(), 2)) {
        killWhileItCopies(app);
        assertThat(command(app, "--move-back")).as(output(app)).isZero();
        assertThat(app.dataDir().resolve("next-database.properties")).doesNotExist();
        killWhileFrozen(app);
        load.awaitMore(20); // the application lets its users in again
      }

      assertThat(command(app, THERE)).as(output(app)).isZero();

      assertThat(failures).as(warnings(app)).isEmpty();
      assertAllThere(app.api()); // the first who come read, and the replica has nothing
      assertThat(readsFromReplicas(app)).isZero();
      server().resumeReplica();
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                assertAllThere(app.api());
                return readsFromReplicas(app) > 0;
              });
      assertAuditChains(primary());
    } finally {
      server().resumeReplica();
    }
  }

  @Test
  void move_moverAndApplicationKilledWhileNobodyMayWrite_isFinishedWithoutThem() throws Exception {
    try (RunningApp app = RunningApp.on(Map.of())) {
      fill(app.api(), 5);
      killWhileFrozen(app);
      app.kill();
      assertThatThrownBy(app::start)
          .hasMessageContaining("or are on the way there")
          .hasMessageContaining("./run --phase 2 --data");

      assertThat(command(app, THERE, "--app.move.offline=true")).as(output(app)).isZero();

      Map<String, String> next = new HashMap<>(database);
      next.put("APP_SECURITY_KEYSDIR", app.dataDir().resolve("keys").toString());
      try (RunningApp phaseTwo = RunningApp.on(next)) {
        assertAllThere(phaseTwo.api());
        fill(phaseTwo.api(), 1);
      }
      assertAuditChains(primary());
    }
  }

  @Test
  void move_targetNotEmpty_saysSoAndTheFileIsServedAsBefore() throws Exception {
    try (RunningApp other = RunningApp.on(database)) {
      fill(other.api(), 1);
      stored.clear();
    }
    try (RunningApp app = RunningApp.on(Map.of())) {
      fill(app.api(), 1);

      assertThat(command(app, THERE)).isEqualTo(1);

      assertThat(output(app)).contains("must be empty, but its table users has 1 rows");
      fill(app.api(), 1);
      assertAllThere(app.api());
      assertThat(count(primary(), "users")).isOne();

      Map<String, String> none = Map.of();
      assertThat(command(app, none, THERE)).isEqualTo(2);
      assertThat(output(app)).contains("app.database.kind must be postgres, mariadb or mysql");
      assertThat(command(app, none, "--add-shards")).isEqualTo(2);
      assertThat(output(app))
          .contains("app.database.shards must name the shards", "is empty")
          .doesNotContain("Exception");
    }
  }

  /** Starts a mover and kills it when it has said that it copies; late, it soaks. */
  private void killWhileItCopies(RunningApp app) throws Exception {
    Process mover = start(app, THERE, "--app.move.soak=10m");
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> output(app).contains("\"state\":\"COPYING\"") || !mover.isAlive());
    mover.destroyForcibly().waitFor();
  }

  private Process start(RunningApp app, String... arguments) throws IOException {
    return start(app, database, arguments);
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

  private int command(RunningApp app, String... arguments) throws Exception {
    return command(app, database, arguments);
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

  /** What may tell why a request was refused. */
  private static String warnings(RunningApp app) throws IOException {
    return Stream.concat(
            app.logLines().stream()
                .filter(line -> line.contains("\"WARN\"") || line.contains("\"ERROR\"")),
            metrics(app).filter(line -> line.startsWith("toolkit_admission")))
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

  /**
   * Kills a mover between the moments when nobody may write any more and when the map changes. One
   * that got further before the map was locked soaks, and is taken back.
   */
  private void killWhileFrozen(RunningApp app) throws Exception {
    for (int attempt = 1; attempt <= 3; attempt++) {
      try (Connection map = DriverManager.getConnection(primary())) {
        map.setAutoCommit(false);
        Process mover = start(app, THERE, "--app.move.soak=10m");
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(20))
            .until(() -> locksMap(map) || !mover.isAlive());
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(20))
            .until(() -> isFrozen(app) || output(app).contains("SOAKING") || !mover.isAlive());
        mover.destroyForcibly().waitFor();
        map.rollback();
      }
      if (isFrozen(app)) {
        return;
      }
      assertThat(command(app, "--move-back")).as(output(app)).isZero();
    }
    throw new AssertionError("no mover was killed in time: " + output(app));
  }

  /**
   * As soon as a move is under way, which needs the map to begin; it cannot change from then on.
   */
  private static boolean locksMap(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      try (ResultSet moves =
          statement.executeQuery(
              "SELECT id FROM tk_move WHERE state IN ('PLANNED', 'COPYING', 'CATCHING_UP')")) {
        if (moves.next()) {
          statement.executeQuery("SELECT version FROM tk_map FOR UPDATE").close();
          return true;
        }
      }
    } catch (SQLException none) {
      assertThat(none.getMessage()).containsAnyOf("tk_move", "tk_map");
    }
    connection.rollback();
    return false;
  }

  private static boolean isFrozen(RunningApp app) throws SQLException {
    return count(file(app), "sqlite_master WHERE name = 'tk_slot'") > 0
        && count(file(app), "tk_slot WHERE state = 'FROZEN'") > 0;
  }

  /** Each row follows the one before it, and none is missing at the end. */
  private static void assertAuditChains(String url) throws SQLException {
    assertThat(count(url, "audit_log")).isPositive();
    assertThat(
            count(
                url,
                "audit_log l LEFT JOIN audit_log p ON p.user_id = l.user_id AND p.seq = l.seq - 1"
                    + " WHERE l.seq > 1 AND (p.hash IS NULL OR p.hash <> l.prev_hash)"))
        .as("rows that do not follow another")
        .isZero();
    assertThat(
            count(
                url,
                "audit_heads h LEFT JOIN audit_log l ON l.user_id = h.user_id AND l.seq = h.seq"
                    + " WHERE l.hash IS NULL OR l.hash <> h.hash"))
        .as("chains without their end")
        .isZero();
    assertThat(
            count(
                url,
                "audit_log l LEFT JOIN audit_heads h ON h.user_id = l.user_id"
                    + " WHERE h.seq IS NULL OR h.seq < l.seq"))
        .as("rows after the end")
        .isZero();
  }

  private static MoveServer server() {
    return Objects.requireNonNull(server);
  }

  private static String file(RunningApp app) {
    return "jdbc:sqlite:" + app.dataDir().resolve("app.db");
  }

  private String primary() {
    return Objects.requireNonNull(database.get("APP_DATABASE_PRIMARY_URL"));
  }

  private static int execute(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
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
    return metrics(app)
        .filter(line -> line.startsWith("toolkit_replication_routes"))
        .filter(line -> line.contains("role=\"replica\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private static Stream<String> metrics(RunningApp app) {
    return app.api().get("/actuator/prometheus").send().expect(200).text().lines();
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
