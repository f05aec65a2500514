// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.mysql.GtidNode.Role;
import io.scalingtoolkit.testkit.process.Deadline;
import io.scalingtoolkit.testkit.process.DurableDirectory;
import io.scalingtoolkit.testkit.process.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A primary and its GTID replicas, real servers on loopback ports: a {@link MariaDbCluster} or a
 * {@link MySqlCluster}.
 *
 * <p>Use it in a test, or to run an application on a laptop. Unless it is {@link Builder#durable
 * durable}, it is not for data that must survive: the servers never wait for the disk (they survive
 * SIGKILL, not a power cut), their passwords are known, and their files are deleted on close.
 *
 * <p>Replication is asynchronous, by row events and GTIDs. Thread-safe.
 */
public abstract sealed class GtidCluster implements EngineCluster
    permits MariaDbCluster, MySqlCluster {
  /** How long a promotion waits for a delay that cannot be cut short. */
  private static final long MAX_WAITED_DELAY_SECONDS = 30;

  private final Flavor flavor;
  private final Workspace workspace;
  private final ServerProgram program;
  private final ServerSettings settings;
  private final Access access;
  private final List<GtidNode> nodes = new CopyOnWriteArrayList<>();
  private final AtomicInteger databases = new AtomicInteger();

  // Who plays which role. Written under this cluster's monitor.
  private volatile List<GtidNode> replicas = List.of();
  private volatile GtidNode primary;

  GtidCluster(Flavor flavor, Start start) {
    this.flavor = flavor;
    this.workspace = start.workspace();
    this.settings = start.settings();
    this.program = start.program();
    DurableDirectory durable = workspace.durable();
    this.access = Access.of(durable);
    if (durable == null || durable.isNew()) {
      this.primary = addNode(Role.PRIMARY);
      ClusterStart.create(this, program, start.replicas());
    } else {
      this.primary = addNode(durable.primary(), Role.PRIMARY);
      ClusterStart.resume(this, durable.nodes(), start.replicas());
    }
    if (durable != null) {
      durable.primary(primary.name());
      durable.complete();
    }
  }

  /** Returns the name of the cluster, unique in this JVM. */
  public String name() {
    return workspace.name();
  }

  /** Returns the node that was promoted last, or the first one; it may be dead. */
  public GtidNode primary() {
    return primary;
  }

  /** Returns the nodes that follow the primary, dead ones too, in the order they joined. */
  public List<GtidNode> replicas() {
    return replicas;
  }

  /**
   * Returns a replica.
   *
   * @param index from 0
   * @throws IndexOutOfBoundsException if there are not that many
   */
  public GtidNode replica(int index) {
    return replicas.get(index);
  }

  /** Returns all nodes, also deposed primaries, in the order they were made. */
  public List<GtidNode> nodes() {
    return List.copyOf(nodes);
  }

  /** Waits until every live replica has replayed all that the primary has committed by now. */
  public void awaitCaughtUp() {
    String position = primary.executedGtid();
    replicas.stream()
        .filter(replica -> replica.server().isResponsive())
        .forEach(replica -> replica.awaitReplayed(position));
  }

  /**
   * Adds a replica to the running primary, and returns it replicating.
   *
   * <p>Its data is a copy of the primary's files, for which the primary is frozen: some tenths of a
   * second for a small database. Clients see a pause, not an error.
   */
  public synchronized GtidNode addReplica() {
    GtidNode node = addNode(Role.REPLICA);
    copyFromPrimary(node);
    attach(node);
    enlist(node);
    return node;
  }

  /**
   * Makes a node follow the primary: the way back for a deposed primary, or for a replica that has
   * gone astray.
   *
   * <p>A node whose history is part of the primary's keeps its data and fetches the rest. Any other
   * gets a copy of the primary's files as in {@link #addReplica}; what only it had is lost.
   *
   * @throws IllegalArgumentException if the node is the primary or of another cluster
   * @throws EngineException if the primary is dead or frozen; the node is then left as it is
   */
  public synchronized void rejoin(GtidNode node) {
    requireMember(node);
    if (node == primary) {
      throw new IllegalArgumentException("only a node that is not the primary can rejoin: " + node);
    }
    if (!primary.server().isResponsive()) {
      throw new EngineException(
          "the primary must run for a node to rejoin; " + primary + " is dead or frozen");
    }
    node.server().killIfStarted();
    node.become(Role.REPLICA);
    node.server().start(true);
    follow(node);
    enlist(node);
  }

  /**
   * Creates an empty database with a name that was not used before.
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
    primary.server().execute("CREATE DATABASE " + Sql.checkDatabase(database));
    return database;
  }

  /**
   * Drops a database, cutting the primary's sessions that have it as their default database; does
   * nothing if there is none. It waits for transactions of other sessions that use it.
   */
  public void dropDatabase(String database) {
    String statement = "DROP DATABASE IF EXISTS " + Sql.checkDatabase(database);
    primary
        .server()
        .ask(
            connection -> {
              Sql.endSessions(connection, database);
              Sql.execute(connection, List.of(statement));
              return true;
            });
  }

  @Override
  public final Path keepLogs(String label) {
    return workspace.keepLogs(label);
  }

  @Override
  public final void close() {
    if (workspace.durable() == null) {
      workspace.closeAfter(
          nodes.stream().<Runnable>map(node -> node.server()::killIfStarted).toList());
    } else {
      workspace.closeAfter(List.of(this::stopInOrder));
    }
  }

  /** The replicas first: MySQL waits some seconds for those that are connected. */
  private void stopInOrder() {
    nodes.parallelStream().filter(node -> node != primary).forEach(node -> node.server().close());
    primary.server().close();
  }

  synchronized void promote(GtidNode node) {
    requireMember(node);
    if (!replicas.contains(node)) {
      throw new IllegalStateException("only a replica can be promoted; " + node + " is none");
    }
    if (!flavor.cutsDelay() && node.delaySeconds() > MAX_WAITED_DELAY_SECONDS) {
      throw new IllegalStateException(
          "a replica of "
              + flavor.product()
              + " can be promoted with a delay of at most "
              + MAX_WAITED_DELAY_SECONDS
              + " s, which has to be waited out; "
              + node
              + " has "
              + node.delaySeconds()
              + " s");
    }
    drain(node);
    node.server().execute("STOP SLAVE", "RESET SLAVE ALL", flavor.acceptWrites());
    primary.become(Role.DEPOSED);
    node.become(Role.PRIMARY);
    primary = node;
    DurableDirectory durable = workspace.durable();
    if (durable != null) {
      durable.primary(node.name());
    }
    replicas = replicas.stream().filter(other -> other != node).toList();
    // A dead or frozen one turns to the new primary when it comes back.
    followPrimary();
  }

  /** Brings a node that was dead or frozen, and the replicas that missed it, back together. */
  synchronized void resume(GtidNode node) {
    if (node == primary) {
      followPrimary();
    }
    if (node.role() != Role.REPLICA) {
      return;
    }
    if (node.followedPort() != primary.port() && primary.server().isResponsive()) {
      follow(node);
    } else {
      startThreads(node);
      awaitFollowing(node);
    }
  }

  /** Waits until a replica is connected to the primary, unless that one is dead or frozen. */
  void awaitFollowing(GtidNode node) {
    if (!primary.server().isResponsive()) {
      return;
    }
    Deadline.in(ServerProcess.LIMIT)
        .await(
            node + " replicates from " + primary,
            () -> {
              ReplicaStatus status = node.status();
              String error = status.fetchError() + status.applyError();
              if (!error.isEmpty()) {
                throw new EngineException(node + " stopped replicating: " + error);
              }
              return status.fetching() && (status.applying() || node.isPaused());
            });
  }

  Workspace workspace() {
    return workspace;
  }

  Access access() {
    return access;
  }

  Flavor flavor() {
    return flavor;
  }

  private void followPrimary() {
    replicas.stream()
        .filter(replica -> replica.server().isResponsive())
        .filter(replica -> replica.followedPort() != primary.port())
        .forEach(this::follow);
  }

  void follow(GtidNode node) {
    String history = node.server().ask(flavor::history);
    if (!primary.server().ask(connection -> flavor.covers(connection, history))) {
      copyFromPrimary(node);
    }
    attach(node);
  }

  void attach(GtidNode node) {
    List<String> statements = new ArrayList<>();
    statements.add("STOP SLAVE");
    statements.addAll(flavor.attach(primary.port(), node.delaySeconds(), access.root()));
    node.server().execute(statements);
    node.follows(primary.port());
    startThreads(node);
    awaitFollowing(node);
  }

  private static void startThreads(GtidNode node) {
    List<String> statements = new ArrayList<>();
    statements.add("START SLAVE IO_THREAD");
    statements.addAll(node.startApplying());
    node.server().execute(statements);
  }

  /**
   * Replaces a node's files by those of the primary.
   *
   * <p>A stopped process has all that it ever wrote in the files, in the order it wrote it, as
   * after SIGKILL. So a copy taken then is one from which the server recovers, as it does from a
   * crash; that needs {@code innodb_flush_log_at_trx_commit} to be 1 or 2.
   */
  void copyFromPrimary(GtidNode node) {
    if (!primary.isAlive()) {
      throw new EngineException(
          node + " needs a copy of the primary's data, but " + primary + " is not running");
    }
    node.server().killIfStarted();
    DataFiles.clear(node.server().data());
    boolean wasFrozen = primary.server().isFrozen();
    primary.server().freeze();
    try {
      DataFiles.copy(primary.server().data(), node.server().data());
    } finally {
      if (!wasFrozen) {
        primary.server().thaw();
      }
    }
    DurableDirectory durable = workspace.durable();
    if (durable != null) {
      durable.force();
    }
    node.server().startFresh(true);
  }

  private void drain(GtidNode node) {
    node.server().execute(flavor.drain());
    Deadline.in(ServerProcess.LIMIT)
        .await(
            node + " has replayed all that it has received",
            () -> {
              ReplicaStatus status = node.status();
              if (!status.applyError().isEmpty()) {
                throw new EngineException(node + " cannot be promoted: " + status.applyError());
              }
              return node.server()
                  .tryAsk(connection -> flavor.hasApplied(connection, status.received()));
            });
  }

  GtidNode addNode(Role role) {
    int number = nodes.size() + 1;
    while (Files.exists(workspace.path().resolve("node" + number))) {
      number++;
    }
    return addNode("node" + number, role);
  }

  GtidNode addNode(String name, Role role) {
    ServerProcess server = new ServerProcess(flavor, program, workspace, name, settings, access);
    GtidNode node = new GtidNode(this, name, server, role);
    nodes.add(node);
    return node;
  }

  void enlist(GtidNode node) {
    if (!replicas.contains(node)) {
      List<GtidNode> grown = new ArrayList<>(replicas);
      grown.add(node);
      replicas = List.copyOf(grown);
    }
  }

  private void requireMember(GtidNode node) {
    if (!nodes.contains(Objects.requireNonNull(node, "node"))) {
      throw new IllegalArgumentException(
          "the node must be one of cluster " + name() + "; got " + node);
    }
  }

  private void logReady() {
    workspace.logReady(
        flavor.product() + " primary + " + replicas.size() + " replicas",
        nodes.stream().map(node -> node.server().running()).toList());
  }

  /** What a cluster is made of. Immutable. */
  record Start(ServerProgram program, Workspace workspace, ServerSettings settings, int replicas) {}

  /** The constructor of a kind of cluster. */
  @FunctionalInterface
  interface Constructor<C extends GtidCluster> {
    C create(Start start);
  }

  /**
   * The choices for a new cluster. Confined.
   *
   * @param <C> the kind of cluster
   */
  public static final class Builder<C extends GtidCluster> {
    /** The most replicas a cluster starts with. */
    public static final int MAX_REPLICAS = 8;

    private final Flavor flavor;
    private final Constructor<C> constructor;
    private int replicas;
    private ServerSettings settings = ServerSettings.NONE;
    private @Nullable Path durable;

    Builder(Flavor flavor, Constructor<C> constructor) {
      this.flavor = flavor;
      this.constructor = constructor;
    }

    /**
     * Sets the number of replicas.
     *
     * @param count from 0 (the default) to 8
     */
    public Builder<C> replicas(int count) {
      if (count < 0 || count > MAX_REPLICAS) {
        throw new IllegalArgumentException(
            "replicas must be from 0 to " + MAX_REPLICAS + "; got " + count);
      }
      replicas = count;
      return this;
    }

    /**
     * Sets a server option on all nodes, for example {@code "max_connections", "40"}.
     *
     * <p>An option the server does not know makes the start fail.
     *
     * @throws IllegalArgumentException if the name is malformed or is an option that the cluster
     *     itself needs (ports, addresses, directories, replication)
     */
    public Builder<C> setting(String setting, String value) {
      settings = settings.with(setting, value);
      return this;
    }

    /**
     * Keeps the data in a directory on which a later cluster goes on, and makes every commit wait
     * for the disk.
     *
     * <p>{@link GtidCluster#close} then shuts the servers down in order and leaves their files. A
     * later start finds the primary of the last promotion; replicas go on with what they have, and
     * get a copy when they cannot follow with it. Ports are new each time. Passwords are made for
     * this directory. Nodes beyond the number of replicas are left alone.
     *
     * @param directory absent, empty, or of an earlier cluster of this product; it should lie on a
     *     disk. One JVM uses it at a time, which {@link #start} checks
     */
    public Builder<C> durable(Path directory) {
      durable = Objects.requireNonNull(directory, "directory");
      return this;
    }

    /**
     * Starts the cluster and returns when all nodes answer and all replicas replicate.
     *
     * @throws EngineException if the product cannot run on this machine, or a server does not
     *     start; the message then has the tail of its log and says where the logs were kept
     */
    public C start() {
      requireDriver();
      ServerProgram program = flavor.program();
      Workspace workspace = Workspace.open(flavor.word(), durable);
      try {
        C cluster = constructor.create(new Start(program, workspace, settings, replicas));
        ((GtidCluster) cluster).logReady();
        return cluster;
      } catch (RuntimeException e) {
        throw workspace.failStart(flavor.product() + " cluster " + workspace.name(), e);
      }
    }

    private void requireDriver() {
      try {
        Class.forName(flavor.driverClass());
      } catch (ClassNotFoundException e) {
        throw new EngineException(
            flavor.product()
                + " needs the JDBC driver "
                + flavor.driverArtifact()
                + " on the class path; it is not there",
            e);
      }
    }
  }
}
