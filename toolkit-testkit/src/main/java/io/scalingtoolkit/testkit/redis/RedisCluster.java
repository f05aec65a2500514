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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis Cluster of child processes: primaries that share the 16384 slots, and their
 * replicas. Thread-safe, except that one verb that changes slots or roles runs at a time.
 *
 * <p>When to use: for code that talks to a cluster and must live with redirects, failover and
 * moving slots. When not: one server is started a hundred times faster, see {@link RedisServer}.
 *
 * <p>Process faults (kill, freeze, restart) are verbs of the {@link RedisNode}s. The cluster
 * replaces a dead primary that has a replica by itself, after the node timeout; replicas never
 * change from one living primary to another.
 */
public final class RedisCluster implements EngineCluster {
  /** The distance from a node's port to the port of its cluster bus. */
  static final int BUS_OFFSET = 10_000;

  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final Duration MIGRATION_LIMIT = Duration.ofSeconds(30);
  private static final Duration SLOT_LIMIT = Duration.ofMillis(20);

  private final Workspace workspace;
  private final List<RedisNode> nodes;
  private final Duration nodeTimeout;

  private RedisCluster(Workspace workspace, NodeOptions.Settings settings, Builder builder)
      throws IOException {
    this.workspace = workspace;
    this.nodeTimeout = builder.nodeTimeout;
    int count = builder.masters * (1 + builder.replicasPerMaster);
    List<RedisNode> prepared = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      prepared.add(new RedisNode(workspace, "n" + i, settings, true));
    }
    this.nodes = List.copyOf(prepared);
    Deadline deadline = Deadline.in(START_LIMIT);
    nodes.forEach(RedisNode::spawn);
    nodes.forEach(node -> node.awaitReady(deadline));
    ClusterFormation.form(nodes, builder.masters, deadline);
    awaitHealthy(deadline.left());
  }

  /** Starts three primaries without replicas and returns when the cluster is healthy. */
  public static RedisCluster start() {
    return builder().start();
  }

  /** A builder for a cluster of three primaries without replicas, password or persistence. */
  public static Builder builder() {
    return new Builder();
  }

  /** The slot of a key, 0 to 16383; with a hash tag in braces only the tag counts. */
  public static int slotOf(String key) {
    return Slots.of(key);
  }

  /** All nodes in order of creation, whether they run or not; unmodifiable. */
  public List<RedisNode> nodes() {
    return nodes;
  }

  /** The addresses of all nodes as URIs that Redis clients read, in order of creation. */
  public List<String> uris() {
    return nodes.stream().map(RedisNode::uri).toList();
  }

  /**
   * The nodes that are primaries in the eyes of the first running node, failed ones left out, in
   * order of creation.
   */
  public List<RedisNode> masters() {
    return select(true);
  }

  /**
   * The nodes that are replicas in the eyes of the first running node, failed ones left out, in
   * order of creation.
   */
  public List<RedisNode> replicas() {
    return select(false);
  }

  /** The replicas of one primary, as {@link #replicas()}. */
  public List<RedisNode> replicasOf(RedisNode master) {
    ClusterView view = view();
    ClusterView.Member above = member(view, master);
    return replicas().stream()
        .filter(node -> above.id().equals(member(view, node).primaryId()))
        .toList();
  }

  /**
   * The primary that serves a key in the eyes of the first running node.
   *
   * @throws EngineException when nobody serves its slot
   */
  public RedisNode masterOf(String key) {
    return ownerOf(slotOf(key));
  }

  /**
   * The primary that serves a slot in the eyes of the first running node.
   *
   * @param slot 0 to 16383
   * @throws EngineException when nobody serves it
   */
  public RedisNode ownerOf(int slot) {
    requireSlot(slot);
    ClusterView.Member owner = view().ownerOf(slot);
    RedisNode node = owner == null ? null : at(owner.port());
    if (node == null) {
      throw new EngineException("slot " + slot + " of " + workspace.name() + " has no owner");
    }
    return node;
  }

  /** Deletes all keys of all primaries. */
  public void flush() {
    masters().forEach(RedisNode::flush);
  }

  /**
   * Waits until every slot is served by a running primary, all running nodes agree on who that is,
   * and every running replica is linked to its primary.
   *
   * @param limit how long to wait
   * @throws EngineException when the time is over first; the message says what is still wrong
   */
  public void awaitHealthy(Duration limit) {
    if (limit.isNegative()) {
      throw new IllegalArgumentException("limit must not be negative; got " + limit);
    }
    List<String> troubles = new ArrayList<>();
    Deadline.in(limit)
        .await(
            () -> workspace.name() + " is healthy; still " + troubles,
            () -> {
              troubles.clear();
              troubles.addAll(ClusterFormation.troubles(nodes));
              return troubles.isEmpty();
            });
  }

  /**
   * Makes a replica the primary of its group and waits until all running nodes know it. With a
   * running primary nothing is lost: it stops writes, hands over and becomes a replica. With a dead
   * or frozen one the majority of primaries must run, and writes the replica had not received are
   * lost. Takes milliseconds, but waits first when the node or its primary has just been through a
   * failover, up to 4 s with the default node timeout.
   *
   * @param replica a running replica of this cluster
   * @throws IllegalArgumentException when the node is not a replica
   * @throws EngineException when it has not happened within 30 s
   */
  public synchronized void failover(RedisNode replica) {
    ClusterView view = view();
    ClusterView.Member member = member(view, replica);
    if (member.primary()) {
      throw new IllegalArgumentException(
          "the node to fail over to must be a replica; got the primary " + replica);
    }
    RedisNode old =
        nodes.stream()
            .filter(node -> member(view, node).id().equals(member.primaryId()))
            .findFirst()
            .orElse(null);
    new ManualFailover(replica, old, nodeTimeout).run(nodes);
  }

  /**
   * Moves one slot with its keys, as {@link #migrateSlots}.
   *
   * @param slot 0 to 16383
   * @param target the primary that shall serve it
   */
  public void migrateSlot(int slot, RedisNode target) {
    migrateSlots(slot, slot, target);
  }

  /**
   * Moves slots with their keys while clients go on; returns when all running nodes agree. Slots
   * that the target serves already are left alone.
   *
   * @param first the first slot, 0 to 16383
   * @param last the last slot, included, not less than {@code first}
   * @param target the primary that shall serve them
   * @throws EngineException when it has not happened within 30 s and 20 ms more for each slot;
   *     slots moved until then stay moved
   */
  public synchronized void migrateSlots(int first, int last, RedisNode target) {
    requireSlot(first);
    requireSlot(last);
    if (last < first) {
      throw new IllegalArgumentException(
          "last slot must not be less than the first, " + first + "; got " + last);
    }
    requirePrimary(target);
    Deadline deadline = Deadline.in(MIGRATION_LIMIT.plus(SLOT_LIMIT.multipliedBy(last - first)));
    int slot = first;
    while (slot <= last) {
      slot = migrateRun(slot, last, target, deadline);
    }
    awaitHealthy(deadline.left());
  }

  /**
   * Marks a slot as moving and moves nothing, so that a test can look at the state in which the
   * owner answers ASK for keys it does not have. {@link #migrateSlot} completes the move.
   *
   * @param slot 0 to 16383
   * @param target the primary that shall serve it, not its present owner
   */
  public synchronized void openSlot(int slot, RedisNode target) {
    requirePrimary(target);
    RedisNode source = ownerOf(slot);
    if (source == target) {
      throw new IllegalArgumentException(
          "the target of slot " + slot + " must not be its present owner; got " + target);
    }
    migrating(source, target, migration -> migration.open(slot, Deadline.in(MIGRATION_LIMIT)));
  }

  /** Moves the slots from {@code first} that have one owner; returns the first slot not moved. */
  private int migrateRun(int first, int last, RedisNode target, Deadline deadline) {
    RedisNode source = ownerOf(first);
    ClusterView.Member owner = member(view(), source);
    int end = Math.min(owner.slots().nextClearBit(first), last + 1);
    if (source != target) {
      migrating(
          source,
          target,
          migration -> {
            for (int slot = first; slot < end; slot++) {
              migration.move(slot, deadline);
            }
          });
    }
    return Math.max(end, first + 1);
  }

  private interface Work {
    void on(SlotMigration migration);
  }

  private void migrating(RedisNode source, RedisNode target, Work work) {
    List<RedisNode> others =
        masters().stream().filter(node -> node != source && node != target).toList();
    try (SlotMigration migration = new SlotMigration(source, target, others)) {
      work.on(migration);
    } catch (IOException e) {
      throw new EngineException(
          "cannot reach " + source + " or " + target + " to move a slot: " + e.getMessage(), e);
    }
  }

  private List<RedisNode> select(boolean primaries) {
    ClusterView view = view();
    return nodes.stream()
        .filter(
            node -> {
              ClusterView.Member member = view.at(node.port());
              return member != null && !member.suspect() && member.primary() == primaries;
            })
        .toList();
  }

  /** What the first running node that answers sees. */
  private ClusterView view() {
    @Nullable IOException last = null;
    for (RedisNode node : nodes) {
      if (node.isRunning()) {
        try {
          return ClusterView.seenBy(node);
        } catch (IOException e) {
          last = e;
        }
      }
    }
    String message = "no running node of " + workspace.name() + " answers";
    throw last == null ? new EngineException(message) : new EngineException(message, last);
  }

  private ClusterView.Member member(ClusterView view, RedisNode node) {
    ClusterView.Member member = view.at(node.port());
    if (member == null) {
      throw new IllegalArgumentException(
          "the node must belong to " + workspace.name() + "; got " + node);
    }
    return member;
  }

  private void requirePrimary(RedisNode node) {
    if (!member(view(), node).primary()) {
      throw new IllegalArgumentException("the target must be a primary; got the replica " + node);
    }
  }

  private @Nullable RedisNode at(int port) {
    return nodes.stream().filter(node -> node.port() == port).findFirst().orElse(null);
  }

  private static void requireSlot(int slot) {
    if (slot < 0 || slot >= Slots.COUNT) {
      throw new IllegalArgumentException("slot must be from 0 to 16383; got " + slot);
    }
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

  /** The options of a {@link RedisCluster}. Confined. */
  public static final class Builder {
    private static final int MAX_MASTERS = 16;
    private static final int MAX_REPLICAS = 4;

    private final NodeOptions options = new NodeOptions();
    private int masters = 3;
    private int replicasPerMaster;
    private Duration nodeTimeout = Duration.ofSeconds(1);

    private Builder() {}

    /**
     * Sets the number of primaries, 1 to 16; 3 by default. Automatic failover needs 3.
     *
     * @return this
     */
    public Builder masters(int count) {
      if (count < 1 || count > MAX_MASTERS) {
        throw new IllegalArgumentException(
            "masters must be from 1 to " + MAX_MASTERS + "; got " + count);
      }
      masters = count;
      return this;
    }

    /**
     * Sets the number of replicas of each primary, 0 to 4; 0 by default.
     *
     * @return this
     */
    public Builder replicasPerMaster(int count) {
      if (count < 0 || count > MAX_REPLICAS) {
        throw new IllegalArgumentException(
            "replicasPerMaster must be from 0 to " + MAX_REPLICAS + "; got " + count);
      }
      replicasPerMaster = count;
      return this;
    }

    /**
     * Sets after which silence nodes suspect each other, 100 ms to 1 minute; 1 s by default.
     *
     * @return this
     */
    public Builder nodeTimeout(Duration timeout) {
      if (timeout.compareTo(Duration.ofMillis(100)) < 0
          || timeout.compareTo(Duration.ofMinutes(1)) > 0) {
        throw new IllegalArgumentException(
            "nodeTimeout must be from PT0.1S to PT1M; got " + timeout);
      }
      nodeTimeout = timeout;
      return this;
    }

    /**
     * Demands a password of clients and between nodes; none by default.
     *
     * @return this
     */
    public Builder password(String password) {
      options.password(password);
      return this;
    }

    /**
     * Keeps data in an append-only file, as {@link RedisServer.Builder#appendOnly()}.
     *
     * @return this
     */
    public Builder appendOnly() {
      options.appendOnly();
      return this;
    }

    /**
     * Adds a line to the configuration file of every node, as {@link RedisServer.Builder#setting}.
     *
     * @return this
     */
    public Builder setting(String name, String value) {
      options.setting(name, value);
      return this;
    }

    /**
     * Takes the {@code redis-server} of the command path, as {@link RedisServer.Builder#fromPath}.
     *
     * @return this
     */
    public Builder fromPath() {
      options.fromPath();
      return this;
    }

    /**
     * Starts the nodes, forms the cluster and returns when it is healthy, about two seconds later.
     *
     * @throws EngineException when that takes more than 30 s or fails; the message says what was
     *     missing and where the logs were kept
     */
    public RedisCluster start() {
      return Starts.retrying(this::startOnce);
    }

    /** Why the bundled program cannot run here; nothing when it can or another was asked for. */
    Optional<String> unavailable() {
      return options.unavailable();
    }

    private RedisCluster startOnce() {
      NodeOptions.Settings settings = options.freeze().clustered(nodeTimeout);
      Workspace workspace = Workspace.open("rcluster");
      String what = "Redis Cluster " + masters + "+" + masters * replicasPerMaster;
      try {
        RedisCluster cluster = new RedisCluster(workspace, settings, this);
        workspace.logReady(what, cluster.nodes.stream().map(RedisNode::requireProcess).toList());
        return cluster;
      } catch (IOException e) {
        throw workspace.failStart(what, new EngineException(String.valueOf(e.getMessage()), e));
      } catch (RuntimeException e) {
        throw workspace.failStart(what, e);
      }
    }
  }
}
