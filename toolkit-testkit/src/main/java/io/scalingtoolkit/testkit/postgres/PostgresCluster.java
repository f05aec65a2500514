// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Deadline;
import io.scalingtoolkit.testkit.process.EngineHost;
import io.scalingtoolkit.testkit.process.EngineProcess;
import io.scalingtoolkit.testkit.process.Workspace;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A PostgreSQL primary and its streaming replicas, real servers on loopback ports.
 *
 * <p>Use it in a test, or to run an application on a laptop. Not for data that must survive: the
 * servers run with {@code fsync=off} (they survive SIGKILL, not a power cut), let every local user
 * in, and their files are deleted on close.
 *
 * <p>Thread-safe. Each cluster runs its own {@code initdb}, so no two have the same system
 * identifier and a node of one can never pass as a replica of another.
 *
 * <pre>{@code
 * try (PostgresCluster cluster = PostgresCluster.builder().replicas(2).start()) {
 *   DataSource primary = cluster.primary().dataSource();
 *   cluster.replica(0).pauseReplay();
 * }
 * }</pre>
 */
public final class PostgresCluster implements EngineCluster {
  private static final Duration INITDB_LIMIT = Duration.ofSeconds(60);

  private final Workspace workspace;
  private final PostgresBinaries binaries;
  private final List<PostgresNode> nodes = new CopyOnWriteArrayList<>();
  private final AtomicInteger databases = new AtomicInteger();

  // Who plays which role. Written under this cluster's monitor.
  private volatile List<PostgresNode> replicas = List.of();
  private volatile PostgresNode primary;

  private PostgresCluster(Workspace workspace, PostgresSettings settings, int replicaCount) {
    this.workspace = workspace;
    this.binaries = PostgresBinaries.unpack();
    DataDirectory template = new DataDirectory(workspace.createDirectory("node1"));
    EngineHost.current().handOver(template.path());
    EngineHost.current()
        .run(binaries.initdb(workspace, template.path(), settings.forInitdb()), INITDB_LIMIT);
    template.configure(settings.forConfiguration());
    this.primary = addNode(template);
    List<CompletableFuture<PostgresNode>> copies = new ArrayList<>();
    for (int i = 0; i < replicaCount; i++) {
      PostgresNode replica = addNode(createDirectory());
      copies.add(
          CompletableFuture.supplyAsync(
              () -> {
                replica.data().copyFrom(template);
                return replica;
              }));
    }
    List<PostgresNode> followers = join(copies);
    primary.data().handOver();
    // The primary first, and ready, because its port may still change.
    primary.start();
    startAll(followers);
    replicas = List.copyOf(followers);
    followers.forEach(this::awaitStreaming);
  }

  /** Returns a builder for a primary without replicas. */
  public static Builder builder() {
    return new Builder();
  }

  /** Starts a primary without replicas. */
  public static PostgresCluster single() {
    return builder().start();
  }

  /** Returns the name of the cluster, unique in this JVM. */
  public String name() {
    return workspace.name();
  }

  /** Returns the node that was promoted last, or the first one; it may be dead. */
  public PostgresNode primary() {
    return primary;
  }

  /** Returns the nodes that follow the primary, dead ones too, in the order they joined. */
  public List<PostgresNode> replicas() {
    return replicas;
  }

  /**
   * Returns a replica.
   *
   * @param index from 0
   * @throws IndexOutOfBoundsException if there are not that many
   */
  public PostgresNode replica(int index) {
    return replicas.get(index);
  }

  /** Returns all nodes, also deposed primaries, in the order they were made. */
  public List<PostgresNode> nodes() {
    return List.copyOf(nodes);
  }

  /** Returns the number that all nodes of this cluster share and no other cluster has. */
  public long systemIdentifier() {
    return Long.parseUnsignedLong(
        primary.sql().query("select system_identifier from pg_control_system()"));
  }

  /**
   * Waits until every live replica has replayed all that the primary has written by now.
   *
   * <p>A replica that is frozen or paused counts as live: it makes the wait fail.
   */
  public void awaitCaughtUp() {
    Lsn position = primary.currentLsn();
    replicas.stream()
        .filter(PostgresNode::isAlive)
        .forEach(replica -> replica.awaitReplayed(position));
  }

  /** Adds a replica to the running primary by a base backup, and returns it streaming. */
  public synchronized PostgresNode addReplica() {
    try (Connection backup = connectForBackup()) {
      PostgresNode node = addNode(createDirectory());
      join(node, backup);
      return node;
    } catch (SQLException e) {
      throw backupFailed(e);
    }
  }

  /**
   * Makes a node follow the primary with a fresh copy of its data: the way back for a deposed
   * primary, or for a replica that has lost too much. What only this node had is lost.
   *
   * @throws IllegalArgumentException if the node is the primary or of another cluster
   * @throws EngineException if the primary cannot be reached; the node is then left as it is
   */
  public synchronized void rejoin(PostgresNode node) {
    requireMember(node);
    if (node == primary) {
      throw new IllegalArgumentException("only a node that is not the primary can rejoin: " + node);
    }
    // Before anything is taken from the node: without a primary it keeps what it has.
    try (Connection backup = connectForBackup()) {
      node.end();
      node.data().clear();
      join(node, backup);
    } catch (SQLException e) {
      throw backupFailed(e);
    }
  }

  /**
   * Creates an empty database with a name that was not used before, from {@code template0}.
   *
   * @return its name; replicas may not know it yet, see {@link #awaitCaughtUp}
   */
  public String createDatabase() {
    return createDatabase("test_" + databases.incrementAndGet());
  }

  /**
   * Creates an empty database.
   *
   * @param database lower-case letters, digits and underscores, a letter first, at most 63
   */
  public String createDatabase(String database) {
    primary.sql().execute("create database " + checkDatabase(database) + " template template0");
    return database;
  }

  /** Drops a database, cutting the sessions that use it; does nothing if there is none. */
  public void dropDatabase(String database) {
    primary.sql().execute("drop database if exists " + checkDatabase(database) + " with (force)");
  }

  @Override
  public Path keepLogs(String label) {
    return workspace.keepLogs(label);
  }

  @Override
  public void close() {
    workspace.closeAfter(nodes.stream().<Runnable>map(node -> node::end).toList());
  }

  synchronized void promote(PostgresNode node) {
    requireMember(node);
    if (!replicas.contains(node)) {
      throw new IllegalStateException("only a replica can be promoted; " + node + " is none");
    }
    if (!node.sql().query("select pg_promote(true, 60)").equals("t")) {
      throw new EngineException(node + " was not promoted within 60 s");
    }
    primary = node;
    replicas = replicas.stream().filter(other -> other != node).toList();
    for (PostgresNode replica : replicas) {
      replica.data().follow(node.port(), replica.name());
      if (replica.isAlive()) {
        replica.reload();
      }
    }
  }

  Workspace workspace() {
    return workspace;
  }

  PostgresBinaries binaries() {
    return binaries;
  }

  private Connection connectForBackup() {
    try {
      return primary.sql().connect();
    } catch (SQLException e) {
      throw new EngineException(
          "the primary must run for a base backup; cannot reach " + primary, e);
    }
  }

  private EngineException backupFailed(SQLException cause) {
    return new EngineException("the session of the base backup of " + primary + " failed", cause);
  }

  private void join(PostgresNode node, Connection backup) {
    node.data().backUpFrom(primary.data(), backup);
    startAll(List.of(node));
    if (!replicas.contains(node)) {
      List<PostgresNode> grown = new ArrayList<>(replicas);
      grown.add(node);
      replicas = List.copyOf(grown);
    }
    awaitStreaming(node);
  }

  private void startAll(List<PostgresNode> followers) {
    join(
        followers.stream()
            .map(
                node ->
                    CompletableFuture.supplyAsync(
                        () -> {
                          node.data().follow(primary.port(), node.name());
                          node.data().handOver();
                          node.start();
                          return node;
                        }))
            .toList());
  }

  private void awaitStreaming(PostgresNode node) {
    String query =
        "select count(*) from pg_stat_replication where state = 'streaming' and application_name = '"
            + node.name()
            + "'";
    Deadline.in(PostgresNode.LIMIT)
        .await(node + " streams from " + primary, () -> primary.sql().tryQuery(query).equals("1"));
  }

  private PostgresNode addNode(DataDirectory data) {
    PostgresNode node = new PostgresNode(this, data.path().getFileName().toString(), data);
    nodes.add(node);
    return node;
  }

  private DataDirectory createDirectory() {
    return new DataDirectory(workspace.createDirectory("node" + (nodes.size() + 1)));
  }

  private void requireMember(PostgresNode node) {
    if (!nodes.contains(Objects.requireNonNull(node, "node"))) {
      throw new IllegalArgumentException(
          "the node must be one of cluster " + name() + "; got " + node);
    }
  }

  private void logReady() {
    List<EngineProcess> processes = nodes.stream().map(PostgresNode::running).toList();
    int count = replicas.size();
    workspace.logReady(
        "PostgreSQL primary + " + count + (count == 1 ? " replica" : " replicas"), processes);
  }

  private static List<PostgresNode> join(List<CompletableFuture<PostgresNode>> work) {
    try {
      CompletableFuture.allOf(work.toArray(CompletableFuture[]::new)).join();
      return work.stream().map(CompletableFuture::join).toList();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static String checkDatabase(String database) {
    if (!database.matches("[a-z][a-z0-9_]{0,62}")) {
      throw new IllegalArgumentException(
          "a database name must match [a-z][a-z0-9_]{0,62}; got '" + database + "'");
    }
    return database;
  }

  /** The choices for a new cluster. Confined. */
  public static final class Builder {
    /** The most replicas a cluster starts with; the primary serves 10 WAL senders. */
    public static final int MAX_REPLICAS = 8;

    private int replicas;
    private int synchronousReplicas;
    private PostgresSettings settings = PostgresSettings.defaults();

    private Builder() {}

    /**
     * Sets the number of streaming replicas.
     *
     * @param count from 0 (the default) to 8
     */
    public Builder replicas(int count) {
      if (count < 0 || count > MAX_REPLICAS) {
        throw new IllegalArgumentException(
            "replicas must be from 0 to " + MAX_REPLICAS + "; got " + count);
      }
      replicas = count;
      return this;
    }

    /**
     * Sets a server setting on all nodes, for example {@code "work_mem", "8MB"}.
     *
     * <p>It stands in {@code postgresql.conf}, so that a test can change it with {@code ALTER
     * SYSTEM}. A setting the server does not know makes the start fail.
     *
     * @throws IllegalArgumentException if the name is malformed or is a setting that the cluster
     *     itself needs (ports, addresses, directories, the primary's address)
     */
    public Builder setting(String setting, String value) {
      settings = settings.with(setting, value);
      return this;
    }

    /**
     * Makes every commit wait until that many replicas have replayed it: {@code
     * synchronous_standby_names = 'ANY count (*)'} with {@code synchronous_commit = remote_apply}.
     *
     * @param count from 1 to the number of replicas, which {@link #start} checks
     */
    public Builder synchronousReplicas(int count) {
      if (count < 1) {
        throw new IllegalArgumentException("synchronousReplicas must be at least 1; got " + count);
      }
      synchronousReplicas = count;
      return setting(PostgresSettings.SYNCHRONOUS_NAMES, "ANY " + count + " (*)")
          .setting("synchronous_commit", "remote_apply");
    }

    /**
     * Starts the cluster and returns when all nodes answer and all replicas stream.
     *
     * @throws IllegalArgumentException if there are fewer replicas than synchronous ones, so that
     *     no commit would ever return
     * @throws EngineException if a server does not start; the message has the tail of its log and
     *     says where the logs were kept
     */
    public PostgresCluster start() {
      if (synchronousReplicas > replicas) {
        throw new IllegalArgumentException(
            "synchronousReplicas must be at most the number of replicas, "
                + replicas
                + "; got "
                + synchronousReplicas);
      }
      Workspace workspace = Workspace.open("pg");
      try {
        PostgresCluster cluster = new PostgresCluster(workspace, settings, replicas);
        cluster.logReady();
        return cluster;
      } catch (RuntimeException e) {
        throw workspace.failStart("PostgreSQL cluster " + workspace.name(), e);
      }
    }
  }
}
