// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Deadline;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/**
 * One MariaDB or MySQL server of a {@link GtidCluster}, primary or replica.
 *
 * <p>Thread-safe. Every verb returns when what it says is true and throws {@link EngineException}
 * when that takes longer than 60 s.
 */
public final class GtidNode {
  static final String DEFAULT_DATABASE = "app";

  private static final Duration MAX_DELAY = Duration.ofDays(1);

  /** What a node is in its cluster. */
  enum Role {
    /** Accepts writes; the replicas follow it. */
    PRIMARY,
    /** Follows the primary and refuses writes. */
    REPLICA,
    /** Was the primary before another node was promoted; accepts writes, and nobody follows it. */
    DEPOSED
  }

  private final GtidCluster cluster;
  private final String name;
  private final ServerProcess server;

  // Written under the cluster's monitor.
  private volatile Role role;
  private volatile int followedPort;

  // Written under this node's monitor.
  private volatile boolean paused;
  private volatile long delaySeconds;

  GtidNode(GtidCluster cluster, String name, ServerProcess server, Role role) {
    this.cluster = cluster;
    this.name = name;
    this.server = server;
    this.role = role;
  }

  /** Returns the name, {@code node1} for the first primary. */
  public String name() {
    return name;
  }

  /**
   * Returns the TCP port on 127.0.0.1, which outlives restarts and is the server id too, except of
   * durable data.
   */
  public int port() {
    return server.port();
  }

  /** Returns the JDBC URL of the database {@code app}, with the application's user in it. */
  public String jdbcUrl() {
    return jdbcUrl(DEFAULT_DATABASE);
  }

  /** Returns the JDBC URL of a database, with the application's user and password in it. */
  public String jdbcUrl(String database) {
    return cluster.flavor().jdbcUrl(port(), database)
        + "&user="
        + cluster.access().app().user()
        + "&password="
        + cluster.access().app().password();
  }

  /**
   * Returns an unpooled source of the application's connections to the database {@code app}.
   *
   * <p>The application has every right on data and schemas and none on the server: a replica
   * refuses its writes with error 1290.
   */
  public DataSource dataSource() {
    return dataSource(DEFAULT_DATABASE);
  }

  /** Returns an unpooled source of the application's connections to a database. */
  public DataSource dataSource(String database) {
    return source(database, cluster.access().app());
  }

  /**
   * Returns an unpooled source of the administrator's connections, without a default database.
   *
   * <p>A MariaDB replica accepts the administrator's writes, after which it is no copy of its
   * primary any more; a MySQL replica refuses them.
   */
  public DataSource adminDataSource() {
    return source("", cluster.access().root());
  }

  /** Says whether the server process lives; a frozen one does. */
  public boolean isAlive() {
    return server.isAlive();
  }

  /** Asks the server whether it accepts writes, which also a deposed primary does. */
  public boolean isPrimary() {
    return server.ask(connection -> Sql.text(connection, "SELECT @@global.read_only")).equals("0");
  }

  /**
   * Returns the GTIDs of what this node has committed or replayed: on MariaDB the last one per
   * domain ({@code gtid_binlog_pos}), on MySQL the set ({@code gtid_executed}). Empty for a node
   * that has nothing.
   */
  public String executedGtid() {
    return server.ask(connection -> cluster.flavor().position(connection));
  }

  /** Returns the GTIDs of what this replica has received, replayed or not, since it follows. */
  public String receivedGtid() {
    return status().received();
  }

  /** Stops replay on this replica; it goes on receiving. Returns when nothing is replayed. */
  public synchronized void pauseReplay() {
    requireReplica("pause replay");
    server.execute("STOP SLAVE SQL_THREAD");
    paused = true;
  }

  /** Lets replay go on. */
  public synchronized void resumeReplay() {
    requireReplica("resume replay");
    server.execute("START SLAVE SQL_THREAD");
    paused = false;
  }

  /**
   * Makes this replica replay each commit that long after the primary made it.
   *
   * <p>Both products count the clock's whole seconds, so a commit can take up to one second longer.
   * MariaDB drops what it has received and not replayed, and fetches it anew: change the delay
   * while the primary lives.
   *
   * @param delay whole seconds, from 0 (no delay) to one day
   */
  public synchronized void applyDelay(Duration delay) {
    if (delay.isNegative()
        || delay.compareTo(MAX_DELAY) > 0
        || !delay.equals(Duration.ofSeconds(delay.toSeconds()))) {
      throw new IllegalArgumentException(
          "delay must be whole seconds from 0 to "
              + MAX_DELAY.toSeconds()
              + ", which is all that "
              + cluster.flavor().product()
              + " knows; got "
              + delay);
    }
    requireReplica("delay replay");
    server.execute(cluster.flavor().changeDelay(delay.toSeconds(), startApplying()));
    delaySeconds = delay.toSeconds();
    cluster.awaitFollowing(this);
  }

  /** Waits until this replica has replayed all that the primary has committed by now. */
  public void awaitCaughtUp() {
    awaitReplayed(cluster.primary().executedGtid());
  }

  /**
   * Waits until this replica has replayed everything up to a position.
   *
   * @param gtid as {@link #executedGtid} of another node of the cluster returns it
   */
  public void awaitReplayed(String gtid) {
    requireReplica("replay");
    Deadline.in(ServerProcess.LIMIT)
        .await(
            this + " has replayed " + gtid,
            () -> server.tryAsk(connection -> cluster.flavor().hasApplied(connection, gtid)));
  }

  /** Ends the server with SIGKILL; its data and its port stay. */
  public void kill() {
    server.kill();
  }

  /** Stops the server with SIGSTOP: its port accepts, and nothing answers. */
  public void freeze() {
    server.freeze();
  }

  /** Lets a frozen server go on; a replica turns to the primary of now. */
  public void thaw() {
    server.thaw();
    cluster.resume(this);
  }

  /** Shuts the server down in order with SIGTERM, which can take MySQL some seconds. */
  public synchronized void stop() {
    server.terminate();
  }

  /**
   * Starts the server again on its port and its data; one that runs is killed with SIGKILL first.
   *
   * <p>It comes back as what it was: a primary, also a deposed one, accepts writes; a replica
   * follows the primary of now and replays, also when it was paused.
   */
  public synchronized void restart() {
    server.killIfStarted();
    server.start(role == Role.REPLICA);
    paused = false;
    cluster.resume(this);
  }

  /**
   * Makes this replica the primary, after it has replayed all that it has received, and the other
   * replicas follow it. What they have and this one has not is lost. A pause ends, and so does a
   * delay on MySQL; on MariaDB it has to be waited out.
   *
   * <p>The old primary is left as it is: killed, frozen or still writable, as after a real failover
   * without fencing. It is no replica until {@link GtidCluster#rejoin}.
   *
   * @throws IllegalStateException if this node is the primary or was deposed, or on MariaDB if its
   *     delay is longer than 30 s
   */
  public void promote() {
    cluster.promote(this);
  }

  @Override
  public String toString() {
    return server.toString();
  }

  Role role() {
    return role;
  }

  void become(Role next) {
    role = next;
    if (next != Role.REPLICA) {
      paused = false;
      delaySeconds = 0;
    }
  }

  ServerProcess server() {
    return server;
  }

  ReplicaStatus status() {
    return server.ask(connection -> ReplicaStatus.of(connection, cluster.flavor()));
  }

  boolean isPaused() {
    return paused;
  }

  long delaySeconds() {
    return delaySeconds;
  }

  /** Returns the port of the primary that this replica was told to follow. */
  int followedPort() {
    return followedPort;
  }

  void follows(int port) {
    followedPort = port;
  }

  /** Returns how the SQL thread is started: not at all while replay is paused. */
  List<String> startApplying() {
    return paused ? List.of() : List.of("START SLAVE SQL_THREAD");
  }

  private void requireReplica(String verb) {
    if (role != Role.REPLICA) {
      throw new IllegalStateException("only a replica can " + verb + "; " + this + " is none");
    }
  }

  private DataSource source(String database, Access.Credentials credentials) {
    String url = cluster.flavor().jdbcUrl(port(), database);
    return cluster.flavor().dataSource(url, credentials);
  }
}
