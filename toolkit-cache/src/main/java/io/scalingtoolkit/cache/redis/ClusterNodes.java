// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.ClusterPartitionParser;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to each node of a Redis Cluster that has slots, and who has which; thread-safe.
 *
 * <p>A node tells only of keys that were read from it. So a slot that gets another owner is not
 * good any more for what was read from the old one. Who owns a slot is told by the nodes, one of
 * which is asked with each sign of life, and by their answers that another one has it. A node has
 * also to answer for a key of its own: one that has lost its slots, or sight of the others, does
 * not.
 */
final class ClusterNodes implements Routes {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterNodes.class);
  private static final long FIRST_ANSWER_MILLIS = 3_000;
  private static final int BEATS_PER_BOUND = 6;

  private final RedisClusterClient cluster;
  private final RedisClient client;
  private final RedisTier.Settings settings;
  private final ScheduledExecutorService timer;
  private final Collection<RedisSpace> spaces;
  private final Consumer<@Nullable String> told;
  private final ConcurrentMap<String, Node> nodes = new ConcurrentHashMap<>();
  private final AtomicReferenceArray<@Nullable SlotOwner> slots =
      new AtomicReferenceArray<>(SlotHash.SLOT_COUNT);
  private final AtomicBoolean seeking = new AtomicBoolean();
  private final AtomicInteger turn = new AtomicInteger();
  private final CountDownLatch first = new CountDownLatch(1);

  /** What the user's client connects with: credentials, TLS and the like. */
  private final RedisURI like;

  private volatile boolean seen;
  private volatile boolean closed;

  /**
   * @param spaces of the tier, which change
   * @param told what is done when a key has changed, or all have if it is null
   */
  ClusterNodes(
      RedisClusterClient cluster,
      RedisTier.Settings settings,
      ScheduledExecutorService timer,
      Collection<RedisSpace> spaces,
      Consumer<@Nullable String> told) {
    this.cluster = cluster;
    this.settings = settings;
    this.timer = timer;
    this.spaces = spaces;
    this.told = told;
    this.like = ClusterAddress.of(cluster);
    this.client = RedisClient.create(cluster.getResources());
    client.setOptions(cluster.getOptions());
  }

  @Override
  public void start() {
    long beat = settings.bound().toMillis() / BEATS_PER_BOUND;
    var unused = timer.scheduleWithFixedDelay(this::look, 0, beat, TimeUnit.MILLISECONDS);
    try {
      if (!first.await(FIRST_ANSWER_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.warn("The cluster does not answer the caches of {} yet", settings.prefix());
        return;
      }
      nodes.values().forEach(node -> node.links.awaitFirst());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int slot(byte[] key) {
    return SlotHash.getSlot(key);
  }

  @Override
  public @Nullable Route to(int slot) {
    SlotOwner owner = slots.get(slot);
    RedisLink link = owner == null ? null : owner.node.links.asked();
    return owner == null || link == null ? null : Route.over(link, owner.line(link));
  }

  @Override
  public boolean isGood(long nowNanos) {
    for (int slot = 0; slot < SlotHash.SLOT_COUNT; slot++) {
      SlotOwner owner = slots.get(slot);
      RedisLink link = owner == null ? null : owner.node.links.trusted(nowNanos);
      if (owner == null || link == null || !owner.line(link).isGood(nowNanos)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public @Nullable Route redirected(int slot, Redirect to) {
    Node node = to.host().isEmpty() || closed ? null : node(to.host(), to.port());
    if (node == null) {
      return null;
    }
    if (to.once()) {
      RedisLink link = node.links.asked();
      // Whatever becomes of the move: what is read there is asked for again.
      return link == null ? null : Route.over(link.asking(), now -> false);
    }
    SlotOwner before = slots.get(slot);
    if (own(slot, node, before == null ? 0 : before.epoch + 1)) {
      BitSet moved = new BitSet();
      moved.set(slot);
      moved(moved);
    }
    return to(slot);
  }

  /** Looks who has which slots. */
  private void look() {
    List<Node> alive = nodes.values().stream().filter(node -> node.links.asked() != null).toList();
    RedisLink link =
        alive.isEmpty()
            ? null
            : alive.get(Math.floorMod(turn.getAndIncrement(), alive.size())).links.asked();
    if (link == null) {
      seek();
      return;
    }
    try {
      var unused =
          link.nodes()
              .thenAccept(text -> learn(ClusterPartitionParser.parse(text)))
              .exceptionally(
                  problem -> {
                    LOG.debug("Caches of {}: no view of the cluster", settings.prefix(), problem);
                    return null;
                  });
    } catch (RuntimeException e) { // Lettuce's own, or a listener's of the user
      LOG.debug("Caches of {}: no view of the cluster this time", settings.prefix(), e);
    }
  }

  /** Looks by way of the client, which knows where to begin. */
  private void seek() {
    if (!seeking.compareAndSet(false, true)) {
      return;
    }
    Thread thread =
        new Thread(
            () -> {
              try {
                if (seen) {
                  cluster.refreshPartitions();
                }
                List<RedisClusterNode> view = List.copyOf(cluster.getPartitions());
                seen = true;
                learn(view);
                first.countDown();
              } catch (RuntimeException e) {
                LOG.debug("Caches of {}: no cluster to be seen", settings.prefix(), e);
              } finally {
                seeking.set(false);
              }
            },
            "cache-redis-seek");
    thread.setDaemon(true);
    thread.start();
  }

  private synchronized void learn(Collection<RedisClusterNode> view) {
    BitSet moved = new BitSet();
    Set<Node> seen = new HashSet<>();
    for (RedisClusterNode each : view) {
      Node node =
          each.getRole().isUpstream() && !each.getUri().getHost().isEmpty()
              ? node(each.getUri().getHost(), each.getUri().getPort())
              : null;
      if (node == null) {
        continue;
      }
      seen.add(node);
      for (int slot : each.getSlots()) {
        if (own(slot, node, each.getConfigEpoch())) {
          moved.set(slot);
        }
      }
    }
    for (int slot = 0; slot < SlotHash.SLOT_COUNT; slot++) {
      SlotOwner owner = slots.get(slot);
      if (owner != null) {
        seen.add(owner.node);
      }
    }
    for (Node node : nodes.values()) {
      if (!seen.contains(node) && nodes.remove(node.address, node)) {
        node.links.close();
      }
    }
    if (!moved.isEmpty()) {
      moved(moved);
    }
  }

  /** Returns null when this is closed. */
  private synchronized @Nullable Node node(String host, int port) {
    if (closed) {
      return null;
    }
    String address = host + ":" + port;
    Node known = nodes.get(address);
    if (known != null) {
      return known;
    }
    RedisURI uri = RedisURI.builder(like).withHost(host).withPort(port).build();
    Node node = new Node(address, uri);
    nodes.put(address, node);
    node.links.start();
    return node;
  }

  /** Notes who has a slot, and returns whether somebody else had it before. */
  private synchronized boolean own(int slot, Node node, long epoch) {
    SlotOwner before = slots.get(slot);
    if (before != null && before.node == node) {
      before.epoch = Math.max(epoch, before.epoch);
      return false;
    }
    if (before != null && epoch < before.epoch) {
      return false;
    }
    // If the old one was not to be reached for long, others come with invalidations that it has
    // not heard of. They are given the time to tell the new one.
    long now = settings.clock().nanoTime();
    long half = settings.bound().toNanos() / 2;
    boolean brief = before == null || before.node.links.silentNanos(now) < half;
    slots.set(slot, new SlotOwner(node, epoch, brief ? now : now + half));
    if (before != null) {
      before.moved = true;
    }
    return before != null;
  }

  private void moved(BitSet which) {
    LOG.info("Caches of {}: {} slots have moved", settings.prefix(), which.cardinality());
    try {
      timer.execute(
          () ->
              spaces.forEach(
                  space -> {
                    space.moved(which);
                    space.epoch.catchUp(this);
                    space.tell(this);
                  }));
    } catch (RejectedExecutionException e) {
      LOG.debug("Closed, nothing moves any more", e);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      nodes.values().forEach(node -> node.links.close());
    }
    var unused = client.shutdownAsync();
  }

  /** A node that has slots; thread-safe. */
  final class Node implements Links.Watcher {
    final String address;
    final Links links;
    private volatile byte @Nullable [] probeKey;

    Node(String address, RedisURI uri) {
      this.address = address;
      this.links =
          new Links(
              settings,
              timer,
              address,
              client,
              () -> client.connect(new ByteArrayCodec(), uri),
              this);
    }

    private boolean owns(int slot) {
      SlotOwner owner = slots.get(slot);
      return owner != null && owner.node == this;
    }

    @Override
    public void told(@Nullable String key) {
      told.accept(key);
    }

    @Override
    public CompletionStage<?> prepare(RedisLink made) {
      return OneNode.all(spaces, over(made));
    }

    /** Returns the way to the slots of this node over a connection to it. */
    private Way over(RedisLink link) {
      return slot -> {
        SlotOwner owner = slots.get(slot);
        return owner == null || owner.node != this ? null : Route.over(link, owner.line(link));
      };
    }

    @Override
    public CompletionStage<?> probe(RedisLink link) {
      byte[] key = probeKey;
      if (key == null || !owns(SlotHash.getSlot(key))) {
        key = keyOfMine();
        probeKey = key;
      }
      return key == null ? CompletableFuture.completedFuture(null) : link.header(key, () -> {});
    }

    /** Returns a key in a slot of this node, null if it has none. */
    private byte @Nullable [] keyOfMine() {
      BitSet mine = new BitSet();
      for (int slot = 0; slot < SlotHash.SLOT_COUNT; slot++) {
        mine.set(slot, owns(slot));
      }
      if (mine.isEmpty()) {
        return null;
      }
      for (int i = 0; ; i++) {
        byte[] key = (settings.prefix() + ":{" + i + "}").getBytes(StandardCharsets.UTF_8);
        if (mine.get(SlotHash.getSlot(key))) {
          return key;
        }
      }
    }

    @Override
    public void beat() {
      spaces.forEach(space -> space.epoch.catchUp(ClusterNodes.this));
    }

    @Override
    public void alive(RedisLink link) {
      spaces.forEach(space -> space.tell(over(link)));
    }

    @Override
    public void recovered() {
      spaces.forEach(space -> space.recovery.now());
    }

    @Override
    public void dropped() {
      spaces.forEach(RedisSpace::lost);
    }

    @Override
    public String toString() {
      return address;
    }
  }
}
