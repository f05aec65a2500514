// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Deadline;
import io.scalingtoolkit.testkit.process.Workspace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A real Redis server as child process, with as many replicas as asked for. Thread-safe.
 *
 * <p>When to use: for code that talks to one Redis, and for a primary with replicas that a test
 * promotes by hand. When not: for slots and automatic failover there is {@link RedisCluster}.
 *
 * <p>The verbs without a node ({@link #kill()}, {@link #command}…) mean the present primary.
 * Persistence is off unless {@link Builder#appendOnly()} is set.
 */
public final class RedisServer implements EngineCluster {
  private static final Duration START_LIMIT = Duration.ofSeconds(15);

  private final Workspace workspace;
  private final NodeOptions.Settings settings;
  private final List<RedisNode> nodes = new CopyOnWriteArrayList<>();
  private volatile RedisNode primary;

  private RedisServer(Workspace workspace, NodeOptions.Settings settings, int replicas) {
    this.workspace = workspace;
    this.settings = settings;
    this.primary = new RedisNode(workspace, "n1", settings, false);
    nodes.add(primary);
    for (int i = 0; i < replicas; i++) {
      prepareReplica();
    }
    Deadline deadline = Deadline.in(START_LIMIT);
    // The primary first: a replica that finds it absent tries again only a second later.
    primary.spawn();
    primary.awaitReady(deadline);
    replicas().forEach(RedisNode::spawn);
    replicas().forEach(replica -> replica.awaitReady(deadline));
    replicas().forEach(replica -> replica.awaitLink(deadline));
  }

  /** Starts one server with default options and returns when it answers. */
  public static RedisServer start() {
    return builder().start();
  }

  /** A builder for one server without replicas, password or persistence. */
  public static Builder builder() {
    return new Builder();
  }

  private RedisNode prepareReplica() {
    RedisNode replica = new RedisNode(workspace, "n" + (nodes.size() + 1), settings, false);
    replica.follow(primary);
    nodes.add(replica);
    return replica;
  }

  /** The node that takes the writes: the first one until {@link #promote} names another. */
  public RedisNode primary() {
    return primary;
  }

  /** All nodes but the primary, in order of creation, whether they run or not. */
  public List<RedisNode> replicas() {
    RedisNode present = primary;
    return nodes.stream().filter(node -> node != present).toList();
  }

  /** All nodes in order of creation, whether they run or not; unmodifiable. */
  public List<RedisNode> nodes() {
    return List.copyOf(nodes);
  }

  /** The port of the primary. */
  public int port() {
    return primary.port();
  }

  /** The address of the primary as a URI that Redis clients read. */
  public String uri() {
    return primary.uri();
  }

  /** Sends one command to the primary; see {@link RedisNode#command}. */
  public RedisReply command(String... words) {
    return primary.command(words);
  }

  /** Deletes all keys of the primary, and by replication those of its replicas. */
  public void flush() {
    primary.flush();
  }

  /** Ends the primary with SIGKILL. */
  public void kill() {
    primary.kill();
  }

  /** Restarts the primary with the data that persistence kept; see {@link RedisNode#restart()}. */
  public void restart() {
    primary.restart();
  }

  /** Restarts the primary without data. */
  public void restartEmpty() {
    primary.restartEmpty();
  }

  /** Stops the primary with SIGSTOP; see {@link RedisNode#freeze()}. */
  public void freeze() {
    primary.freeze();
  }

  /** Lets a frozen primary go on. */
  public void thaw() {
    primary.thaw();
  }

  /**
   * Starts one more replica of the present primary.
   *
   * @return the replica, linked to the primary with a full copy of its data
   */
  public synchronized RedisNode addReplica() {
    RedisNode replica = prepareReplica();
    replica.spawn();
    Deadline deadline = Deadline.in(START_LIMIT);
    replica.awaitReady(deadline);
    replica.awaitLink(deadline);
    return replica;
  }

  /**
   * Makes a replica the primary. Nothing is waited for first: what the replica has not received is
   * lost, as in a real failover; call {@link #awaitCaughtUp} before for a clean one. All other
   * nodes follow the new primary: running ones now, dead ones when they restart. A frozen one still
   * believes in the old order when it is thawed, until {@link RedisNode#replicaOf} corrects it.
   *
   * @param replica a running replica of this server
   * @throws IllegalArgumentException when the node is not a replica of this server
   */
  public synchronized void promote(RedisNode replica) {
    if (!replicas().contains(replica)) {
      throw new IllegalArgumentException(
          "the node to promote must be a replica of " + workspace.name() + "; got " + replica);
    }
    replica.promote();
    primary = replica;
    for (RedisNode other : replicas()) {
      if (other.isRunning()) {
        other.replicaOf(replica);
      } else {
        other.follow(replica);
      }
    }
  }

  /**
   * Waits until every running replica has all that the primary had written when asked last.
   *
   * @param limit how long to wait
   * @throws EngineException when the time is over first
   */
  public void awaitCaughtUp(Duration limit) {
    Deadline deadline = Deadline.in(limit);
    for (RedisNode replica : replicas()) {
      if (replica.isRunning()) {
        deadline.await(replica + " has caught up", () -> hasCaughtUp(replica));
      }
    }
  }

  private boolean hasCaughtUp(RedisNode replica) throws IOException {
    String wanted = primary.info("replication").get("master_repl_offset");
    Map<String, String> state = replica.info("replication");
    return "up".equals(state.get("master_link_status"))
        && Objects.equals(wanted, state.get("slave_repl_offset"));
  }

  @Override
  public Path keepLogs(String label) {
    return workspace.keepLogs(label);
  }

  @Override
  public void close() {
    workspace.closeAfter(nodes.stream().<Runnable>map(node -> node::end).toList());
  }

  @Override
  public String toString() {
    return workspace.name() + nodes;
  }

  /** The options of a {@link RedisServer}. Confined. */
  public static final class Builder {
    private static final int MAX_REPLICAS = 16;

    private final NodeOptions options = new NodeOptions();
    private int replicas;

    private Builder() {}

    /**
     * Sets the number of replicas, 0 to 16; 0 by default.
     *
     * @return this
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
     * Demands a password of clients and replicas; none by default.
     *
     * @return this
     */
    public Builder password(String password) {
      options.password(password);
      return this;
    }

    /**
     * Limits the memory for data; no limit by default.
     *
     * @param megabytes at least 1, in units of 2^20 bytes
     * @param policy what to do at the limit, for example {@code allkeys-lru} or {@code noeviction}
     * @return this
     */
    public Builder maxMemory(int megabytes, String policy) {
      if (megabytes < 1) {
        throw new IllegalArgumentException("maxMemory must be at least 1 MB; got " + megabytes);
      }
      options.setting("maxmemory", megabytes + "mb");
      options.setting("maxmemory-policy", policy);
      return this;
    }

    /**
     * Keeps data in an append-only file, written before each answer, so that it survives {@link
     * RedisNode#kill()} and {@link RedisNode#restart()}.
     *
     * @return this
     */
    public Builder appendOnly() {
      options.appendOnly();
      return this;
    }

    /**
     * Adds a line to the configuration file of every node, after the testkit's own.
     *
     * @param name the directive, for example {@code notify-keyspace-events}
     * @param value its value as the file has it, on one line; empty for an empty string
     * @return this
     */
    public Builder setting(String name, String value) {
      options.setting(name, value);
      return this;
    }

    /**
     * Takes the {@code redis-server} of the command path instead of the bundled 7.0.15, as {@code
     * -Dtoolkit.redis=path} does for all.
     *
     * @return this
     */
    public Builder fromPath() {
      options.fromPath();
      return this;
    }

    /**
     * Starts the nodes and returns when all answer and the replicas have their copy.
     *
     * @throws EngineException when that takes more than 15 s or fails; the message has the log's
     *     tail and says where the logs were kept
     */
    public RedisServer start() {
      return Starts.retrying(this::startOnce);
    }

    /** Why the bundled program cannot run here; nothing when it can or another was asked for. */
    Optional<String> unavailable() {
      return options.unavailable();
    }

    private RedisServer startOnce() {
      NodeOptions.Settings settings = options.freeze();
      Workspace workspace = Workspace.open("redis");
      try {
        RedisServer server = new RedisServer(workspace, settings, replicas);
        workspace.logReady(
            "Redis primary + " + replicas + " replicas",
            server.nodes.stream().map(RedisNode::requireProcess).toList());
        return server;
      } catch (RuntimeException e) {
        throw workspace.failStart("Redis", e);
      }
    }
  }
}
