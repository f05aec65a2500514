// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Deadline;
import io.scalingtoolkit.testkit.process.DurableDirectory;
import io.scalingtoolkit.testkit.process.EngineProcess;
import io.scalingtoolkit.testkit.process.Workspace;
import java.nio.file.Files;
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
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL primary and its streaming replicas, real servers on loopback ports.
 *
 * <p>Use it in a test, or to run an application on a laptop. Unless it is {@link Builder#durable
 * durable}, it is not for data that must survive: the servers run with {@code fsync=off} (they
 * survive SIGKILL, not a power cut), let every local user in, and their files are deleted on close.
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
  private final Workspace workspace;
  private final PostgresBinaries binaries;
  private final String password;
  private final List<PostgresNode> nodes = new CopyOnWriteArrayList<>();
  private final AtomicInteger databases = new AtomicInteger();

  // Who plays which role. Written under this cluster's monitor.
  private volatile List<PostgresNode> replicas = List.of();
  private volatile PostgresNode primary;

  private PostgresCluster(Workspace workspace, PostgresSettings settings, int replicaCount) {
    this.workspace = workspace;
    this.binaries = PostgresBinaries.unpack();
    DurableDirectory durable = workspace.durable();
    this.password = durable == null ? "" : durable.secret("superuser");
    if (durable == null || durable.isNew()) {
      this.primary = create(settings, replicaCount);
    } else {
      Resumption resumption = new Resumption(this, durable);
      this.primary = resumption.findPrimary(settings);
      resumption.start(primary, replicaCount);
    }
    if (durable != null) {
      durable.primary(primary.name());
      durable.complete();
    }
  }

  private PostgresNode create(PostgresSettings settings, int replicaCount) {
    DataDirectory template = createDirectory();
    binaries.initialize(workspace, template.path(), settings.forInitdb(), password);
    template.configure(settings.forConfiguration());
    PostgresNode first = addNode(template);
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
    first.data().handOver();
    // The primary first, and ready, because its port may still change.
    first.start();
    startAll(first, followers);
    replicas = List.copyOf(followers);
    followers.forEach(replica -> awaitStreaming(first, replica, PostgresNode.LIMIT));
    return first;
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
    primary.sql().execute("create database " + Sql.checkDatabase(database) + " template template0");
    return database;
  }

  /** Drops a database, cutting the sessions that use it; does nothing if there is none. */
  public void dropDatabase(String database) {
    primary
        .sql()
        .execute("drop database if exists " + Sql.checkDatabase(database) + " with (force)");
  }

  @Override
  public Path keepLogs(String label) {
    return workspace.keepLogs(label);
  }

  @Override
  public void close() {
    if (workspace.durable() == null) {
      workspace.closeAfter(nodes.stream().<Runnable>map(node -> node::end).toList());
    } else {
      workspace.closeAfter(List.of(this::stopInOrder));
    }
  }

  /** The primary first: it sends the rest of its log to the replicas before it ends. */
  private void stopInOrder() {
    primary.close();
    nodes.forEach(PostgresNode::close);
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
    DurableDirectory durable = workspace.durable();
    if (durable != null) {
      durable.primary(node.name());
    }
    replicas = replicas.stream().filter(other -> other != node).toList();
    for (PostgresNode replica : replicas) {
      replica.data().follow(node.port(), replica.name(), password);
      if (replica.isAlive()) {
        replica.reload();
      }
    }
  }

  /** Leaves a node, which is not started, to itself. */
  void drop(PostgresNode node) {
    nodes.remove(node);
  }

  Workspace workspace() {
    return workspace;
  }

  /** Returns the superuser's password; empty when there is none. */
  String password() {
    return password;
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
    DurableDirectory durable = workspace.durable();
    if (durable != null) {
      durable.force();
    }
    startAll(primary, List.of(node));
    enlist(node);
    awaitStreaming(primary, node, PostgresNode.LIMIT);
  }

  void enlist(PostgresNode node) {
    if (!replicas.contains(node)) {
      List<PostgresNode> grown = new ArrayList<>(replicas);
      grown.add(node);
      replicas = List.copyOf(grown);
    }
  }

  void startAll(PostgresNode leader, List<PostgresNode> followers) {
    join(
        followers.stream()
            .map(
                node ->
                    CompletableFuture.supplyAsync(
                        () -> {
                          node.data().follow(leader.port(), node.name(), password);
                          node.data().handOver();
                          node.start();
                          return node;
                        }))
            .toList());
  }

  static void awaitStreaming(PostgresNode leader, PostgresNode node, Duration limit) {
    String query =
        "select count(*) from pg_stat_replication where state = 'streaming' and application_name = '"
            + node.name()
            + "'";
    Deadline.in(limit)
        .await(
            node + " streams from " + leader,
            () -> {
              if (!node.isAlive()) {
                throw new EngineException(node + " ended instead of following " + leader);
              }
              return leader.sql().tryQuery(query).equals("1");
            });
  }

  PostgresNode addNode(DataDirectory data) {
    PostgresNode node = new PostgresNode(this, data.path().getFileName().toString(), data);
    nodes.add(node);
    return node;
  }

  private DataDirectory createDirectory() {
    int number = nodes.size() + 1;
    while (Files.exists(workspace.path().resolve("node" + number))) {
      number++;
    }
    return new DataDirectory(workspace.createDirectory("node" + number));
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

  /** The choices for a new cluster. Confined. */
  public static final class Builder {
    /** The most replicas a cluster starts with; the primary serves 10 WAL senders. */
    public static final int MAX_REPLICAS = 8;

    private int replicas;
    private int synchronousReplicas;
    private @Nullable Path durable;
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
     * Keeps the data in a directory on which a later cluster goes on, and makes every commit wait
     * for the disk.
     *
     * <p>{@link PostgresCluster#close} then shuts the servers down in order and leaves their files.
     * A later start finds the primary of the last promotion; replicas go on with what they have,
     * and get a fresh copy when they cannot follow with it. Ports are new each time. The superuser
     * has a password, which {@link PostgresNode#jdbcUrl} and {@link PostgresNode#dataSource} know.
     * Nodes beyond the number of replicas are left alone.
     *
     * @param directory absent, empty, or of an earlier cluster; it should lie on a disk. One JVM
     *     uses it at a time, which {@link #start} checks
     */
    public Builder durable(Path directory) {
      durable = Objects.requireNonNull(directory, "directory");
      return this;
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
      Workspace workspace = Workspace.open("pg", durable);
      PostgresSettings all = durable == null ? settings : settings.durable();
      try {
        PostgresCluster cluster = new PostgresCluster(workspace, all, replicas);
        cluster.logReady();
        return cluster;
      } catch (RuntimeException e) {
        throw workspace.failStart("PostgreSQL cluster " + workspace.name(), e);
      }
    }
  }
}
