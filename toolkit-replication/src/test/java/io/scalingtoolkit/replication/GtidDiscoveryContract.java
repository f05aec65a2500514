// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.GtidNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Discovery on MariaDB and MySQL, whose servers are known by their server id. */
abstract class GtidDiscoveryContract extends DiscoveryContract {
  private @Nullable GtidCluster cluster;

  abstract GtidCluster startCluster();

  /** Returns the right without which the primary does not tell. */
  abstract String right();

  @Override
  List<Server> start() throws SQLException {
    cluster = startCluster();
    grant();
    return List.of(server(cluster.primary()), server(cluster.replica(0)));
  }

  private void grant() throws SQLException {
    try (Connection connection = cluster.primary().adminDataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("GRANT " + right() + " ON *.* TO app@'%'");
    }
  }

  private Server server(GtidNode node) {
    return new Server(
        "server-" + node.port(),
        node.jdbcUrl(),
        node::kill,
        node::promote,
        () -> cluster.rejoin(node));
  }

  @Override
  Server addReplica() {
    return server(cluster.addReplica());
  }

  @Override
  Server find(ReplicaAddress address) {
    return cluster.nodes().stream()
        .filter(node -> Integer.valueOf(node.port()).equals(address.port()))
        .map(this::server)
        .findFirst()
        .orElseThrow();
  }

  @Override
  void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void fromPrimary_withoutTheRight_saysSo() throws Exception {
    cluster = startCluster();
    try (Connection connection = cluster.primary().dataSource().getConnection()) {
      ReplicaDiscovery discovery = ReplicaDiscovery.fromPrimary();
      assertThatThrownBy(() -> discovery.find(connection))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining(right());
      grant();
    }
    try (Connection connection = cluster.primary().dataSource().getConnection()) {
      assertThat(ReplicaDiscovery.fromPrimary().find(connection))
          .extracting(ReplicaAddress::port)
          .containsExactly(cluster.replica(0).port());
    }
  }
}
