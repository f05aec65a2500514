// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.process.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The order to one replica to become the primary of its group, until it is one. Confined.
 *
 * <p>Why it waits before it orders, seen in the logs of Redis 7.0.15:
 *
 * <ul>
 *   <li>A node that has won an election keeps the votes for twice the election time-out. Ordered to
 *       stand again within that time it believes it has won already and takes the slots without a
 *       new epoch; the others overrule it, and what it acknowledged meanwhile is lost.
 *   <li>A primary votes for a replica of the same primary only once in two node time-outs. An order
 *       within that time is answered with OK, gets no votes and pauses writes for nothing.
 * </ul>
 *
 * <p>An order without effect expires in the node after five seconds and is then repeated.
 */
final class ManualFailover {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration EXPIRY = Duration.ofSeconds(5);
  private static final Duration LEAST_ELECTION_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration MARGIN = Duration.ofMillis(200);

  private final RedisNode replica;
  private final @Nullable RedisNode old;
  private final Duration electionTimeout;
  private final Duration voteInterval;
  private boolean orderly;
  private @Nullable Deadline sent;

  ManualFailover(RedisNode replica, @Nullable RedisNode old, Duration nodeTimeout) {
    this.replica = replica;
    this.old = old;
    this.orderly = old != null && old.isRunning();
    this.voteInterval = nodeTimeout.multipliedBy(2);
    this.electionTimeout =
        voteInterval.compareTo(LEAST_ELECTION_TIMEOUT) > 0 ? voteInterval : LEAST_ELECTION_TIMEOUT;
  }

  /** Carries it out and returns when all running nodes know the new primary. */
  void run(List<RedisNode> nodes) {
    Deadline rest = Deadline.in(LIMIT.plus(electionTimeout.multipliedBy(2)));
    rest.await(replica + " may be elected again", this::mayStand);
    Deadline deadline = Deadline.in(LIMIT);
    deadline.await(replica + " is a primary", this::tick);
    if (old != null) {
      old.noteSteppedDown();
    }
    for (RedisNode node : nodes) {
      deadline.await(
          node + " knows that " + replica + " is a primary",
          () -> !node.isRunning() || knows(node));
    }
  }

  private boolean mayStand() {
    return replica.steppedDownLongerThan(electionTimeout.multipliedBy(2).plus(MARGIN))
        && (old == null || old.steppedDownLongerThan(voteInterval.plus(MARGIN)));
  }

  private boolean knows(RedisNode node) throws IOException {
    ClusterView.Member seen = ClusterView.seenBy(node).at(replica.port());
    return seen != null && seen.primary() && !seen.slots().isEmpty();
  }

  private boolean tick() throws IOException {
    if (ClusterFormation.ask(replica, "ROLE").items().get(0).text().equals("master")) {
      return true;
    }
    if (sent == null || sent.isOver()) {
      sent = Deadline.in(EXPIRY);
      send();
    }
    return false;
  }

  private void send() throws IOException {
    try {
      if (orderly) {
        ClusterFormation.ask(replica, "CLUSTER", "FAILOVER");
      } else {
        ClusterFormation.ask(replica, "CLUSTER", "FAILOVER", "FORCE");
      }
    } catch (RedisCommandException e) {
      // The primary went down meanwhile; the next order, at once, does not ask for its help.
      orderly = false;
      sent = null;
      throw e;
    }
  }
}
