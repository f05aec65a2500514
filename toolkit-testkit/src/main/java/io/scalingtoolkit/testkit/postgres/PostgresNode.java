// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Deadline;
import io.scalingtoolkit.testkit.process.EngineCommand;
import io.scalingtoolkit.testkit.process.EngineHost;
import io.scalingtoolkit.testkit.process.EngineProcess;
import io.scalingtoolkit.testkit.process.LogTail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One PostgreSQL server of a {@link PostgresCluster}, primary or replica.
 *
 * <p>Thread-safe. Every verb returns when what it says is true and throws {@link EngineException}
 * when that takes longer than 60 s.
 */
public final class PostgresNode {
  static final String USER = "postgres";
  static final String DEFAULT_DATABASE = "postgres";
  static final Duration LIMIT = Duration.ofSeconds(60);

  private static final String DELAY_QUERY =
      "select setting from pg_settings where name = 'recovery_min_apply_delay'";
  private static final int START_TRIES = 3;
  private static final long MAX_DELAY_MILLIS = Integer.MAX_VALUE;

  private static final Logger log = LoggerFactory.getLogger(PostgresNode.class);

  private final PostgresCluster cluster;
  private final String name;
  private final DataDirectory data;

  private volatile int port;
  private volatile @Nullable EngineProcess process;

  PostgresNode(PostgresCluster cluster, String name, DataDirectory data) {
    this.cluster = cluster;
    this.name = name;
    this.data = data;
    this.port = cluster.workspace().port();
  }

  /** Returns the name, {@code node1} for the first primary; replicas use it as application name. */
  public String name() {
    return name;
  }

  /** Returns the TCP port on 127.0.0.1; it stays the same over restarts. */
  public int port() {
    return port;
  }

  /** Returns the JDBC URL of the database {@code postgres}, with the superuser in it. */
  public String jdbcUrl() {
    return jdbcUrl(DEFAULT_DATABASE);
  }

  /**
   * Returns the JDBC URL of a database, with the superuser in it. A durable cluster has a password,
   * which stands in it too.
   */
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://127.0.0.1:"
        + port
        + "/"
        + database
        + "?user="
        + USER
        + (cluster.password().isEmpty() ? "" : "&password=" + cluster.password())
        + "&sslmode=disable";
  }

  /** Returns an unpooled source of connections to the database {@code postgres}. */
  public DataSource dataSource() {
    return dataSource(DEFAULT_DATABASE);
  }

  /** Returns an unpooled source of connections to a database. */
  public DataSource dataSource(String database) {
    return Sql.source(port, database, cluster.password());
  }

  /** Says whether the server process lives; a frozen one does. */
  public boolean isAlive() {
    EngineProcess running = process;
    return running != null && running.isAlive();
  }

  /** Asks the server whether it accepts writes, which also a deposed primary does. */
  public boolean isPrimary() {
    return sql().query("select pg_is_in_recovery()").equals("f");
  }

  /** Returns how far this primary has written its log; what is committed lies before it. */
  public Lsn currentLsn() {
    return lsn("select pg_current_wal_lsn()");
  }

  /** Returns how far this replica has replayed the log of its primary. */
  public Lsn replayLsn() {
    return lsn("select pg_last_wal_replay_lsn()");
  }

  /**
   * Stops replay on this replica; it goes on receiving. Returns when nothing is replayed.
   *
   * <p>The one commit that {@link #applyDelay} holds back at that moment, if any, is replayed as
   * soon as replay resumes, also when its delay is not over by then.
   */
  public void pauseReplay() {
    sql().execute("select pg_wal_replay_pause()");
    long delayMillis = applyDelayMillis();
    if (delayMillis > 0) {
      // A replica that holds a commit back notices a pause only when the delay is over, and before
      // it replays that commit. So the delay is taken away until the pause has begun.
      setApplyDelay(0);
    }
    try {
      awaitPaused();
    } finally {
      if (delayMillis > 0) {
        setApplyDelay(delayMillis);
      }
    }
  }

  private void awaitPaused() {
    Deadline.in(LIMIT)
        .await(
            name + " has paused replay",
            () -> sql().tryQuery("select pg_get_wal_replay_pause_state()").equals("paused"));
  }

  /** Lets replay go on. */
  public void resumeReplay() {
    sql().execute("select pg_wal_replay_resume()");
  }

  /**
   * Makes this replica replay each commit that long after the primary made it.
   *
   * @param delay whole milliseconds, from 0 (no delay) to 24 days
   */
  public void applyDelay(Duration delay) {
    if (delay.isNegative() || delay.compareTo(Duration.ofMillis(MAX_DELAY_MILLIS)) > 0) {
      throw new IllegalArgumentException(
          "delay must be from 0 to " + MAX_DELAY_MILLIS + " ms; got " + delay);
    }
    setApplyDelay(delay.toMillis());
  }

  private long applyDelayMillis() {
    return Long.parseLong(sql().query(DELAY_QUERY));
  }

  private void setApplyDelay(long millis) {
    sql().execute("alter system set recovery_min_apply_delay = " + millis);
    reload();
    Deadline.in(LIMIT)
        .await(
            name + " has taken over an apply delay of " + millis + " ms",
            () -> sql().tryQuery(DELAY_QUERY).equals(Long.toString(millis)));
  }

  /** Waits until this replica has replayed all that the primary has written by now. */
  public void awaitCaughtUp() {
    awaitReplayed(cluster.primary().currentLsn());
  }

  /** Waits until this replica has replayed the log up to a position. */
  public void awaitReplayed(Lsn position) {
    Deadline.in(LIMIT)
        .await(
            name + " has replayed " + position,
            () ->
                sql()
                    .tryQuery(
                        "select coalesce(pg_last_wal_replay_lsn() >= '%s', false)"
                            .formatted(position))
                    .equals("t"));
  }

  /** Ends the server and all its processes with SIGKILL; its data and its port stay. */
  public void kill() {
    running().kill();
  }

  /** Stops all processes of the server with SIGSTOP: its port accepts, and nothing answers. */
  public void freeze() {
    running().freeze();
  }

  /** Lets a frozen server go on. */
  public void thaw() {
    running().thaw();
  }

  /**
   * Shuts the server down in order (fast mode: sessions are cut, transactions rolled back).
   *
   * <p>A frozen server is thawed first; nothing happens to a dead one.
   */
  public synchronized void stop() {
    EngineProcess running = running();
    if (!running.isAlive()) {
      return;
    }
    running.thaw();
    running.signal(EngineProcess.Signal.INT);
    running.awaitExit(LIMIT);
  }

  /**
   * Starts the server again on its port and its data; one that runs is stopped first.
   *
   * <p>A replica replays again afterwards, also when it was paused.
   */
  public synchronized void restart() {
    if (isAlive()) {
      stop();
    }
    launch();
    awaitAnswer();
  }

  /**
   * Makes this replica the primary and the other replicas follow it.
   *
   * <p>The old primary is left as it is: killed, frozen or still writable, as after a real failover
   * without fencing. It is no replica until {@link PostgresCluster#rejoin}.
   *
   * @throws IllegalStateException if this node is the primary or was deposed
   */
  public void promote() {
    cluster.promote(this);
  }

  @Override
  public String toString() {
    return cluster.name() + "-" + name + " on port " + port;
  }

  /** Starts the server on fresh data; another port is taken if this one is not free any more. */
  synchronized void start() {
    for (int tries = 1; ; tries++) {
      Path output = cluster.workspace().log(name);
      long before = size(output);
      launch();
      try {
        awaitAnswer();
        return;
      } catch (EngineException e) {
        if (tries == START_TRIES || isAlive() || !isPortTaken(output, before)) {
          throw e;
        }
        port = cluster.workspace().port();
      }
    }
  }

  /** Shuts the server down in order if it runs, and kills it if that takes too long. */
  void close() {
    if (isAlive()) {
      try {
        stop();
      } catch (EngineException e) {
        log.warn("{} does not shut down and is killed", this, e);
      }
    }
    end();
  }

  void end() {
    EngineProcess running = process;
    if (running != null) {
      running.kill();
    }
  }

  void reload() {
    running().signal(EngineProcess.Signal.HUP);
  }

  DataDirectory data() {
    return data;
  }

  Sql sql() {
    return new Sql(toString(), port, cluster.password());
  }

  EngineProcess running() {
    EngineProcess running = process;
    if (running == null) {
      throw new IllegalStateException(this + " has not been started");
    }
    return running;
  }

  private void launch() {
    data.forgetServer();
    EngineCommand command = cluster.binaries().server(cluster.workspace(), name, data.path(), port);
    process = EngineHost.current().start(command);
  }

  private void awaitAnswer() {
    EngineProcess started = running();
    Path log = cluster.workspace().log(name);
    Deadline.in(LIMIT)
        .await(
            () -> this + " answers" + LogTail.of(log),
            () -> {
              if (!started.isAlive()) {
                throw new EngineException(this + " ended while starting" + LogTail.of(log));
              }
              if (!data.isServerReady()) {
                return false;
              }
              try (Connection connection = sql().connect()) {
                return connection.isValid(0);
              }
            });
  }

  private Lsn lsn(String query) {
    try {
      return Lsn.parse(sql().tryQuery(query));
    } catch (SQLException e) {
      throw new EngineException(this + " failed '" + query + "': " + e.getMessage(), e);
    }
  }

  private static long size(Path log) {
    return Files.exists(log) ? log.toFile().length() : 0;
  }

  private static boolean isPortTaken(Path log, long from) {
    try {
      String text = Files.readString(log);
      return text.substring((int) Math.min(from, text.length())).contains("Address already in use");
    } catch (IOException e) {
      throw new EngineException("cannot read " + log, e);
    }
  }
}
