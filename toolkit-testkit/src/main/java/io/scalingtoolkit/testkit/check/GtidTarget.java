// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.GtidNode;
import java.util.List;

/** Faults on MariaDB and MySQL. Thread-safe. */
record GtidTarget(GtidCluster cluster) implements FaultTarget {
  private record Server(GtidNode node) implements Node {
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
    // A promotion has done that already, with a copy of the data where it was needed.
  }
}
