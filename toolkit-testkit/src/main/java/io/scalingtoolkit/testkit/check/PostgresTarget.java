// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.postgres.Lsn;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import io.scalingtoolkit.testkit.process.Deadline;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Faults on PostgreSQL. Thread-safe. */
record PostgresTarget(PostgresCluster cluster) implements FaultTarget {
  private static final Logger log = LoggerFactory.getLogger(PostgresTarget.class);
  private static final Duration FOLLOW_LIMIT = Duration.ofSeconds(5);
  private static final String FOLLOWS =
      "select count(*) from pg_stat_replication where state = 'streaming'"
          + " and application_name = ? and replay_lsn >= ?::pg_lsn";

  private record Server(PostgresNode node) implements Node {
    @Override
    public String name() {
      return node.name();
    }

    @Override
    public boolean isAlive() {
      return node.isAlive();
    }

    @Override
    public void pauseReplay() {
      node.pauseReplay();
    }

    @Override
    public void resumeReplay() {
      node.resumeReplay();
    }

    @Override
    public void awaitCaughtUp() {
      node.awaitCaughtUp();
    }

    @Override
    public void kill() {
      node.kill();
    }

    @Override
    public void restart() {
      node.restart();
    }

    @Override
    public void freeze() {
      node.freeze();
    }

    @Override
    public void thaw() {
      node.thaw();
    }

    @Override
    public void promote() {
      node.promote();
    }
  }

  @Override
  public Node primary() {
    return new Server(cluster.primary());
  }

  @Override
  public List<Node> replicas() {
    return cluster.replicas().stream().<Node>map(Server::new).toList();
  }

  @Override
  public void rejoin(Node node) {
    cluster.rejoin(((Server) node).node);
  }

  @Override
  public void ensureFollowing(Node replica) {
    Lsn position = cluster.primary().currentLsn();
    try {
      Deadline.in(FOLLOW_LIMIT)
          .await(
              replica.name() + " has replayed " + position + " of the new primary",
              () -> isFollowing(replica, position));
    } catch (EngineException e) {
      // It had received more than the promoted node and cannot go back, which takes a new copy.
      log.info("{} does not follow the new primary and rejoins: {}", replica.name(), e.toString());
      rejoin(replica);
    }
  }

  private boolean isFollowing(Node replica, Lsn position) throws SQLException {
    try (Connection connection = cluster.primary().dataSource().getConnection();
        PreparedStatement statement = connection.prepareStatement(FOLLOWS)) {
      statement.setString(1, replica.name());
      statement.setString(2, position.toString());
      try (ResultSet result = statement.executeQuery()) {
        return result.next() && result.getLong(1) == 1;
      }
    }
  }
}
