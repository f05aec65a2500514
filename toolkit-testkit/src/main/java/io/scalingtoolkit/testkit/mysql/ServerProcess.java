// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Deadline;
import io.scalingtoolkit.testkit.process.DurableDirectory;
import io.scalingtoolkit.testkit.process.EngineCommand;
import io.scalingtoolkit.testkit.process.EngineHost;
import io.scalingtoolkit.testkit.process.EngineProcess;
import io.scalingtoolkit.testkit.process.LogTail;
import io.scalingtoolkit.testkit.process.Workspace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server: its data directory, its port, its process, and the administrator's way in.
 *
 * <p>Thread-safe. It knows nothing of roles; who follows whom is {@link GtidCluster}'s.
 */
final class ServerProcess {
  static final String SOCKET = "s.sock";
  static final String PID_FILE = "server.pid";
  static final String RELAY_LOG = "relay";
  static final Duration LIMIT = Duration.ofSeconds(60);

  private static final Logger log = LoggerFactory.getLogger(ServerProcess.class);
  private static final int START_TRIES = 3;

  /** A replica that was away for longer gets a copy of the primary's files. */
  private static final Duration BINLOG_LIFE = Duration.ofDays(7);

  private final Flavor flavor;
  private final ServerProgram program;
  private final Workspace workspace;
  private final List<String> settings;
  private final String name;
  private final Access access;
  private final Path data;
  private final Path temporary;
  // The server id of durable data; otherwise the port is the id.
  private final int fixedId;

  private volatile int port;
  private volatile boolean frozen;
  private volatile @Nullable EngineProcess process;

  ServerProcess(
      Flavor flavor,
      ServerProgram program,
      Workspace workspace,
      String name,
      ServerSettings more,
      Access access) {
    this.flavor = flavor;
    this.program = program;
    this.workspace = workspace;
    this.settings = more.options();
    this.name = name;
    this.access = access;
    this.data = workspace.directory(name);
    this.temporary = workspace.directory(name + "-tmp");
    this.port = workspace.port();
    DurableDirectory durable = workspace.durable();
    this.fixedId = durable == null ? 0 : durable.serverId(name);
  }

  int port() {
    return port;
  }

  Path data() {
    return data;
  }

  boolean isAlive() {
    EngineProcess running = process;
    return running != null && running.isAlive();
  }

  /** Says whether a statement can be expected to get an answer. */
  boolean isResponsive() {
    return isAlive() && !frozen;
  }

  boolean isFrozen() {
    return frozen;
  }

  EngineProcess running() {
    EngineProcess running = process;
    if (running == null) {
      throw new IllegalStateException(this + " has not been started");
    }
    return running;
  }

  /** Starts on fresh data; takes another port if this one is not free any more. */
  synchronized void startFresh(boolean readOnly) {
    for (int tries = 1; ; tries++) {
      Path output = log();
      long before = Files.exists(output) ? output.toFile().length() : 0;
      try {
        start(readOnly);
        return;
      } catch (EngineException e) {
        if (tries == START_TRIES || isAlive() || !isPortTaken(output, before)) {
          throw e;
        }
        port = workspace.port();
      }
    }
  }

  /** Starts on the port and returns when the server answers; no replication thread runs. */
  synchronized void start(boolean readOnly) {
    List<String> argv = new ArrayList<>();
    argv.add(program.file().toString());
    argv.add("--no-defaults");
    argv.addAll(DataFiles.baseOptions(flavor, program));
    argv.addAll(nodeOptions());
    argv.addAll(durability());
    argv.addAll(flavor.serverOptions());
    argv.addAll(settings);
    if (readOnly) {
      argv.add(flavor.readOnlyOption());
    }
    frozen = false;
    EngineProcess started =
        EngineHost.current()
            .start(
                new EngineCommand(
                    workspace.name() + "-" + name,
                    argv,
                    Map.of(),
                    program.home(),
                    data,
                    log(),
                    false));
    process = started;
    awaitAnswer(started);
  }

  void kill() {
    running().kill();
    frozen = false;
  }

  void killIfStarted() {
    EngineProcess running = process;
    if (running != null) {
      running.kill();
    }
    frozen = false;
  }

  void freeze() {
    EngineProcess running = running();
    boolean before = frozen;
    // First, so that no statement is sent to a server that is about to stop.
    frozen = true;
    try {
      running.freeze();
    } catch (EngineException e) {
      frozen = before;
      throw e;
    }
  }

  void thaw() {
    running().thaw();
    frozen = false;
  }

  void terminate() {
    thaw();
    EngineProcess running = running();
    running.signal(EngineProcess.Signal.TERM);
    running.awaitExit(LIMIT);
  }

  /** Shuts the server down in order if it runs, and kills it if that takes too long. */
  void close() {
    if (isAlive()) {
      try {
        terminate();
      } catch (EngineException e) {
        log.warn("{} does not shut down and is killed", this, e);
      }
    }
    killIfStarted();
  }

  /** Runs the work on a connection of the administrator. */
  <T> T ask(Sql.Work<T> work) {
    try {
      return tryAsk(work);
    } catch (SQLException e) {
      throw new EngineException(this + " failed: " + e.getMessage(), e);
    }
  }

  <T> T tryAsk(Sql.Work<T> work) throws SQLException {
    if (frozen) {
      throw new EngineException(this + " is frozen; thaw it before this");
    }
    try (Connection connection = connect()) {
      return work.apply(connection);
    }
  }

  void execute(List<String> statements) {
    ask(
        connection -> {
          Sql.execute(connection, statements);
          return true;
        });
  }

  void execute(String... statements) {
    execute(Arrays.asList(statements));
  }

  @Override
  public String toString() {
    return workspace.name() + "-" + name + " on port " + port;
  }

  private Connection connect() throws SQLException {
    // Bounded, so that a server that hangs fails a verb instead of hanging it.
    String url = flavor.jdbcUrl(port, "") + "&connectTimeout=5000&socketTimeout=60000";
    return flavor.dataSource(url, access.root()).getConnection();
  }

  /**
   * The port is unique on this machine, so two clusters never make the same MariaDB GTID. Durable
   * data get another port each time, and a replica ignores events with its own id: there the id
   * stays.
   */
  private int serverId() {
    return fixedId == 0 ? port : fixedId;
  }

  private List<String> durability() {
    return fixedId == 0
        ? List.of("--sync-binlog=0", "--innodb-flush-log-at-trx-commit=2")
        : List.of(
            "--sync-binlog=1",
            "--innodb-flush-log-at-trx-commit=1",
            // Wins over the one in the base options, which data directories are made with.
            "--innodb-flush-method=fsync",
            "--binlog-expire-logs-seconds=" + BINLOG_LIFE.toSeconds());
  }

  private List<String> nodeOptions() {
    return List.of(
        "--datadir=" + data,
        // Not shared: a server that starts deletes every other one's #sql files there.
        "--tmpdir=" + temporary,
        "--plugin-dir=" + program.home().resolve("lib"),
        "--bind-address=127.0.0.1",
        "--port=" + port,
        "--server-id=" + serverId(),
        // Relative to the data directory: a socket's path may have 107 bytes only.
        "--socket=" + SOCKET,
        "--pid-file=" + PID_FILE,
        "--skip-name-resolve",
        "--skip-ssl",
        "--skip-slave-start",
        "--log-bin=binlog",
        "--relay-log=" + RELAY_LOG,
        "--binlog-format=ROW",
        "--log-slave-updates",
        "--log-bin-trust-function-creators=1",
        "--innodb-buffer-pool-size=32M",
        "--performance-schema=OFF",
        // A replica notices within 5 s that its primary hangs.
        "--slave-net-timeout=5");
  }

  private void awaitAnswer(EngineProcess started) {
    Deadline.in(LIMIT)
        .await(
            () -> this + " answers" + LogTail.of(log()),
            () -> {
              if (!started.isAlive()) {
                throw new EngineException(this + " ended while starting" + LogTail.of(log()));
              }
              String id = tryAsk(connection -> Sql.text(connection, "SELECT @@global.server_id"));
              if (!id.equals(Integer.toString(serverId()))) {
                throw new EngineException(
                    "port " + port + " is answered by another server, whose id is " + id);
              }
              return true;
            });
  }

  private Path log() {
    return workspace.log(name);
  }

  private static boolean isPortTaken(Path log, long from) {
    try {
      byte[] bytes = Files.readAllBytes(log);
      int start = (int) Math.min(from, bytes.length);
      return new String(bytes, start, bytes.length - start, StandardCharsets.UTF_8)
          .contains("Address already in use");
    } catch (IOException e) {
      throw new EngineException("cannot read " + log, e);
    }
  }
}
