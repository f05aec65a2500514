// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.Topology.Position;
import io.scalingtoolkit.testkit.check.Topology.Site;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A slow router that keeps all session guarantees, with one method for each thing that a broken one
 * gets wrong. It asks the primary before every read and a node after every operation.
 */
class ReferenceRouter {
  private static final int SAMPLES = 1000;

  final Topology topology;
  final Position[] tokens;
  private final long boundNanos;
  private final Random random;
  private final Map<Integer, Position> known = new ConcurrentHashMap<>();
  private final Deque<Sample> samples = new ArrayDeque<>();

  private record Sample(long sentNanos, Position position) {}

  ReferenceRouter(Topology topology, int sessions, long boundNanos, long seed) {
    this.topology = topology;
    this.tokens = new Position[sessions];
    this.boundNanos = boundNanos;
    this.random = new Random(seed);
  }

  Site chooseForRead(int session) throws SQLException {
    int timeline = sampleOfPrimary().timeline();
    for (Site replica : shuffledReplicas()) {
      if (isCovered(replica, tokens[session], timeline)) {
        return replica;
      }
    }
    return topology.primary();
  }

  /** What was seen lies before the position that the same node has now. */
  void hasRead(int session, Site site) throws SQLException {
    raise(session, site.position());
  }

  void beforeCommit(int session) throws SQLException {}

  void committed(int session) throws SQLException {
    raise(session, topology.primary().position());
  }

  boolean isCovered(Site replica, Position token, int timeline) throws SQLException {
    Position position = known.get(replica.number());
    if (position == null || !mayTrust(position, replica) || !covers(position, token, timeline)) {
      position = replica.position();
      known.put(replica.number(), position);
    }
    return covers(position, token, timeline) && isFresh(position);
  }

  /** A position only grows while the node runs, so one of this run is a lower bound. */
  boolean mayTrust(Position cached, Site replica) throws SQLException {
    return cached.incarnation() == replica.incarnation();
  }

  boolean covers(Position replica, Position token, int timeline) {
    if (replica.timeline() != timeline) {
      return false;
    }
    return token == null || (token.timeline() == timeline && replica.lsn() >= token.lsn());
  }

  void raise(int session, Position seen) {
    Position token = tokens[session];
    if (token == null
        || seen.timeline() > token.timeline()
        || (seen.timeline() == token.timeline() && seen.lsn() > token.lsn())) {
      tokens[session] = seen;
    }
  }

  /** A replica that has a recent sample of the primary misses nothing older than the sample. */
  boolean isFresh(Position replica) {
    if (boundNanos == Long.MAX_VALUE) {
      return true;
    }
    long now = topology.nanoTime();
    synchronized (samples) {
      return samples.stream()
          .anyMatch(
              sample ->
                  now - sample.sentNanos <= boundNanos
                      && sample.position.timeline() == replica.timeline()
                      && sample.position.lsn() <= replica.lsn());
    }
  }

  final List<Site> shuffledReplicas() throws SQLException {
    List<Site> replicas = new ArrayList<>(topology.replicas());
    Collections.shuffle(replicas, random);
    return replicas;
  }

  private Position sampleOfPrimary() throws SQLException {
    long sent = topology.nanoTime();
    Position position = topology.primary().position();
    synchronized (samples) {
      samples.addFirst(new Sample(sent, position));
      if (samples.size() > SAMPLES) {
        samples.removeLast();
      }
    }
    return position;
  }
}
