// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.route;

import io.scalingtoolkit.core.balance.Balancer;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.consistency.PositionSource;
import io.scalingtoolkit.core.consistency.ReadRequirement;
import io.scalingtoolkit.replication.internal.engine.Sample;
import io.scalingtoolkit.replication.internal.node.Cluster;
import io.scalingtoolkit.replication.internal.node.Incarnation;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.node.Reading;
import io.scalingtoolkit.replication.internal.node.Topology;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Chooses the node that answers a read; thread-safe. */
public final class Router {
  // Why this is exact. A replica's reading is a lower bound of what it shows, so a replica whose
  // reading covers a position shows it. A reading of the primary is an upper bound of everything
  // that was committed, or shown by any node, before the sample was sent. So a write or read whose
  // position is unknown is bounded by the first sample sent after it, and until there is one only
  // the primary will do, or for reads the server that was read.
  private static final Position UNRESOLVED = Position.unresolved();
  // One in so many reads that find their position unknown waits for a sample. Without it a session
  // that reads without pause would stay on the primary for ever: each read there moves what the
  // next one must cover past the samples sent before.
  private static final int PATIENT_SHARE = 8;
  private static final int TRIAL_SHARE = 16;
  // More samples than the longest wait has room for; ends the loop under a clock that stands still.
  private static final int MAX_ROUNDS = 64_000;

  private final Cluster cluster;
  private final RouterSettings settings;
  private final RouteMeters meters;
  private final PositionSource primarySource = this::samplePrimary;

  public Router(Cluster cluster, RouterSettings settings, RouteMeters meters) {
    this.cluster = cluster;
    this.settings = settings;
    this.meters = meters;
  }

  public Cluster cluster() {
    return cluster;
  }

  public RouteMeters meters() {
    return meters;
  }

  public String source() {
    return settings.source();
  }

  /** Returns the policy in force on this thread. */
  public ReadPolicy policy(Overrides overrides) {
    ReadPolicy asked = overrides.policy();
    return asked == null ? settings.policy() : asked;
  }

  /** Returns the source of positions to register with a scope before a write is recorded. */
  public PositionSource primarySource() {
    return primarySource;
  }

  private Position samplePrimary() throws SQLException, InterruptedException {
    Node primary = cluster.topology().primary();
    Reading reading =
        primary == null
            ? null
            : primary.prober().awaitSentAfter(now(), cluster.settings().sampleWait().toNanos());
    if (reading == null || !reading.sample().isPrimary()) {
      throw new SQLException(cluster.settings().name() + ": no sample of the primary", "08S01");
    }
    return reading.sample().position();
  }

  /** Tells the listener and the meters of a decision. */
  public void decided(@Nullable Node node, Reason reason) {
    meters.count(reason);
    DecisionListener listener = settings.listener();
    if (listener != null) {
      listener.routed(node == null ? null : node.name(), reason);
    }
  }

  /**
   * Chooses for a read.
   *
   * @param session what the caller has seen; null for nothing
   * @param held the replica the connection is on, preferred while it qualifies; may be null
   * @param tried nodes that have failed this read already, may be null
   * @return the replica, as its reading was judged; null for the primary
   */
  public @Nullable Reading choose(
      @Nullable ConsistencyScope session,
      ReadPolicy policy,
      @Nullable Incarnation held,
      @Nullable List<Node> tried,
      Choice choice) {
    Topology topology = cluster.topology();
    return switch (policy.kind()) {
      case STRONG -> choice.primary(Reason.STRONG);
      case EVENTUAL -> any(topology, held, tried, choice);
      case BOUNDED -> bounded(topology, policy.boundNanos(), held, tried, choice);
      case SESSION ->
          session == null
              ? any(topology, held, tried, choice)
              : covering(topology, session, held, tried, choice);
    };
  }

  private @Nullable Reading any(
      Topology topology, @Nullable Incarnation held, @Nullable List<Node> tried, Choice choice) {
    Reading found = pick(topology, Wanted.NOTHING, held, tried, choice);
    return found != null ? found : none(tried, topology, Reason.NO_REPLICA, choice);
  }

  private @Nullable Reading bounded(
      Topology topology,
      long boundNanos,
      @Nullable Incarnation held,
      @Nullable List<Node> tried,
      Choice choice) {
    Wanted wanted = new Wanted(null, null, boundNanos, now());
    Reading found = pick(topology, wanted, held, tried, choice);
    return found != null ? found : none(tried, topology, Reason.STALE, choice);
  }

  private @Nullable Reading covering(
      Topology topology,
      ConsistencyScope session,
      @Nullable Incarnation held,
      @Nullable List<Node> tried,
      Choice choice) {
    ReadRequirement required = settle(topology, session);
    boolean waited = false;
    if (required.position() == UNRESOLVED) {
      long wait = patience();
      if (wait > 0) {
        waited = true;
        awaitPrimary(topology, wait);
        required = settle(topology, session);
      }
    }
    if (required.position() == UNRESOLVED) {
      demand(topology);
      return choice.primary(hasReadable(topology) ? Reason.PENDING : none(tried, topology));
    }
    Reading found = pick(topology, wanted(required), held, tried, choice);
    if (found == null) {
      found = behind(topology, session, held, tried, choice);
    }
    if (found != null && waited) {
      waited(choice);
    }
    return found;
  }

  private static Wanted wanted(ReadRequirement required) {
    return new Wanted(required.position(), (Incarnation) required.server(), 0, 0);
  }

  private long patience() {
    if (settings.waitNanos() > 0) {
      return settings.waitNanos();
    }
    return ThreadLocalRandom.current().nextInt(PATIENT_SHARE) == 0
        ? cluster.settings().probeInterval().toNanos()
        : 0;
  }

  /** Replaces what the session does not know by the first sample that was sent late enough. */
  private ReadRequirement settle(Topology topology, ConsistencyScope session) {
    ReadRequirement required = session.requirement(source());
    if (required.position() == UNRESOLVED) {
      Sample bound = primarySample(topology, required.sinceNanos());
      if (bound != null) {
        session.resolve(source(), bound.position(), bound.sentNanos());
        return session.requirement(source());
      }
    } else if (required.server() instanceof Incarnation server) {
      Sample bound = sample(server, required.serverNanos());
      if (bound == null && !isReadable(server)) {
        // The primary's position may be far past what was read there, and no replica may have it.
        // So it takes its place only where the server that was read from can go on no more.
        bound = primarySample(topology, required.serverNanos());
      }
      if (bound != null) {
        session.resolveRead(source(), server, bound.position(), bound.sentNanos());
        return session.requirement(source());
      }
    }
    return required;
  }

  private static boolean isReadable(Incarnation server) {
    Reading latest = server.node().reading();
    return latest != null && latest.server() == server && server.node().isReadable();
  }

  /** Returns the first sample of a server that was sent after a time, null if there is none. */
  private static @Nullable Sample sample(Incarnation server, long sinceNanos) {
    Reading first = server.node().firstSentAfter(sinceNanos);
    return first == null || first.server() != server ? null : first.sample();
  }

  /** Returns the first sample of the primary that was sent after a time, null if there is none. */
  private static @Nullable Sample primarySample(Topology topology, long sinceNanos) {
    Node primary = topology.primary();
    Reading first = primary == null ? null : primary.firstSentAfter(sinceNanos);
    return first == null || !first.sample().isPrimary() ? null : first.sample();
  }

  private static @Nullable Sample primarySample(Topology topology) {
    Node primary = topology.primary();
    Reading reading = primary == null ? null : primary.reading();
    return reading == null || !reading.sample().isPrimary() ? null : reading.sample();
  }

  /** A trial stays one, because its breaker waits for a report. */
  private static void waited(Choice choice) {
    if (choice.reason() != Reason.TRIAL) {
      choice.replica(Reason.WAITED);
    }
  }

  /** No replica qualifies: perhaps in a moment, perhaps never. */
  private @Nullable Reading behind(
      Topology topology,
      ConsistencyScope session,
      @Nullable Incarnation held,
      @Nullable List<Node> tried,
      Choice choice) {
    if (!hasReadable(topology)) {
      return choice.primary(none(tried, topology));
    }
    if (rebased(topology, session)) {
      return choice.primary(Reason.FOREIGN);
    }
    if (lowered(topology, session)) {
      Reading found = pick(topology, wanted(settle(topology, session)), held, tried, choice);
      if (found != null) {
        return found;
      }
    }
    demand(topology);
    long deadline = now() + settings.waitNanos();
    for (int round = 0; round < MAX_ROUNDS; round++) {
      long left = deadline - now();
      if (left <= 0 || !awaitReplica(topology, left)) {
        break;
      }
      ReadRequirement required = settle(topology, session);
      Reading found = pick(topology, wanted(required), held, tried, choice);
      if (found != null) {
        waited(choice);
        return found;
      }
    }
    return choice.primary(tried == null ? Reason.BEHIND : Reason.REPLICAS_FAILED);
  }

  /**
   * A position that the primary has not written is of another cluster, or of a history that a
   * failover cut off. It can never be reached, so the session starts anew from where the primary
   * is.
   */
  private boolean rebased(Topology topology, ConsistencyScope session) {
    Position known = session.requirement(source()).position();
    Sample sample = primarySample(topology);
    if (known == null || known == UNRESOLVED || sample == null || sample.written().covers(known)) {
      return false;
    }
    // The sample may simply be older than the position.
    Reading later = awaitPrimary(topology, cluster.settings().sampleWait().toNanos());
    if (later == null
        || !later.sample().isPrimary()
        || later.sample().written().covers(known)
        || !session.rebase(source(), known, later.sample().position())) {
      return false;
    }
    meters.rebased();
    return true;
  }

  /**
   * What the session knows was written and turned out to hold no commit past what the primary's
   * sample says now: that is all it needs.
   */
  private boolean lowered(Topology topology, ConsistencyScope session) {
    ReadRequirement required = session.requirement(source());
    Position known = required.position();
    Sample sample = primarySample(topology);
    return known != null
        && known != UNRESOLVED
        && required.server() == null
        && sample != null
        && sample.written().covers(known)
        && !sample.position().covers(known)
        && session.rebase(source(), known, sample.position());
  }

  private @Nullable Reading pick(
      Topology topology,
      Wanted wanted,
      @Nullable Incarnation held,
      @Nullable List<Node> tried,
      Choice choice) {
    choice.replica(tried == null ? Reason.READ : Reason.RETRIED);
    if (held != null && tried == null) {
      Reading reading = held.node().reading();
      if (reading != null
          && reading.server() == held
          && held.node().isReadable()
          && wanted.fits(reading)) {
        return reading;
      }
    }
    List<Node> replicas = topology.replicas();
    long eligible = 0;
    boolean trial = false;
    for (int i = 0; i < replicas.size(); i++) {
      Node node = replicas.get(i);
      if (tried != null && tried.contains(node)) {
        continue;
      }
      if (!node.isReadable()) {
        trial |= node.isOnTrial();
        continue;
      }
      Reading reading = node.reading();
      if (reading != null && wanted.fits(reading)) {
        eligible |= 1L << i;
      }
    }
    if (trial && ThreadLocalRandom.current().nextInt(TRIAL_SHARE) == 0) {
      Reading tryAgain = onTrial(replicas, wanted, tried, choice);
      if (tryAgain != null) {
        return tryAgain;
      }
    }
    if (eligible == 0) {
      return null;
    }
    int index = settings.balancer().pick(topology.loads(), eligible);
    if (index == Balancer.NONE) {
      return null;
    }
    // The reading may have been replaced since; what counts is the one that is returned.
    Reading reading = replicas.get(index).reading();
    return reading != null && wanted.fits(reading) ? reading : null;
  }

  private static @Nullable Reading onTrial(
      List<Node> replicas, Wanted wanted, @Nullable List<Node> tried, Choice choice) {
    for (Node node : replicas) {
      Reading reading = node.reading();
      if (node.isOnTrial()
          && reading != null
          && wanted.fits(reading)
          && (tried == null || !tried.contains(node))
          && node.breaker().tryAcquirePermission()) {
        choice.replica(Reason.TRIAL);
        return reading;
      }
    }
    return null;
  }

  private static boolean hasReadable(Topology topology) {
    for (Node node : topology.replicas()) {
      if (node.isReadable()) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable Reading none(
      @Nullable List<Node> tried, Topology topology, Reason otherwise, Choice choice) {
    if (tried == null && hasReadable(topology)) {
      return choice.primary(otherwise);
    }
    return choice.primary(none(tried, topology));
  }

  private static Reason none(@Nullable List<Node> tried, Topology topology) {
    return tried != null && !topology.replicas().isEmpty()
        ? Reason.REPLICAS_FAILED
        : Reason.NO_REPLICA;
  }

  /** Has the primary and the replicas sampled soon, for the next read of this session. */
  public void demand() {
    demand(cluster.topology());
  }

  private static void demand(Topology topology) {
    Node primary = topology.primary();
    if (primary != null) {
      primary.prober().demand();
    }
    for (Node node : topology.replicas()) {
      if (node.isReadable()) {
        node.prober().demand();
      }
    }
  }

  /** Waits a little for another node than {@code demoted} to be the primary. */
  public boolean awaitOtherPrimary(Node demoted) {
    await(demoted, cluster.settings().sampleWait().toNanos());
    Node primary = cluster.topology().primary();
    return primary != null && primary != demoted;
  }

  private @Nullable Reading awaitPrimary(Topology topology, long waitNanos) {
    Node primary = topology.primary();
    return primary == null ? null : await(primary, waitNanos);
  }

  private boolean awaitReplica(Topology topology, long waitNanos) {
    for (Node node : topology.replicas()) {
      if (node.isReadable()) {
        return await(node, waitNanos) != null;
      }
    }
    return false;
  }

  private @Nullable Reading await(Node node, long waitNanos) {
    long begin = now();
    try {
      return node.prober().awaitSentAfter(begin, waitNanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } finally {
      meters.waited(now() - begin);
    }
  }

  /** Returns a reading of the one clock of this data source. */
  public long now() {
    return cluster.settings().clock().nanoTime();
  }

  /** What a replica must satisfy. */
  private record Wanted(
      @Nullable Position position, @Nullable Incarnation server, long boundNanos, long nowNanos) {
    static final Wanted NOTHING = new Wanted(null, null, 0, 0);

    boolean fits(Reading reading) {
      return (position == null || reading.sample().position().covers(position))
          && (server == null || reading.server() == server)
          && (boundNanos == 0 || reading.server().node().isCurrentWithin(boundNanos, nowNanos));
    }
  }
}
