// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.replication.internal.engine.Role;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.node.StubCluster;
import io.scalingtoolkit.replication.internal.route.RouteMeters;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** A server with two nodes would be two primaries once it is promoted, and stop all writes. */
class DiscoveredTwiceTest {
  /** A pool that has no connection yet, as after an outage. */
  private static HikariDataSource emptyPool() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, args) -> {
                  throw new SQLException("not back yet", "08001");
                }));
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  @Test
  void round_nodeThatIsBackWaitsForItsPool_isNotFoundUnderAnotherName() {
    try (StubCluster stub = new StubCluster("p");
        HikariDataSource empty = emptyPool();
        DiscoveredReplicas replicas =
            new DiscoveredReplicas(
                stub.cluster(),
                new RouteMeters(null, stub.cluster()),
                connection -> List.of(ReplicaAddress.at("other")),
                address -> StubCluster.pool(address.name()),
                Duration.ofSeconds(20))) {
      stub.primary("p", "0-1-1");
      Node old = stub.cluster().add("old", empty, TargetLoad.of("old"));
      stub.replica("old", "0-1-1");
      stub.silent("old");
      stub.sayRestarted("old", Role.REPLICA, "0-1-1");
      assertThat(old.isUp()).as("its pool is empty").isFalse();

      stub.answer("other", () -> stub.sample("old#2", Role.REPLICA, 0, "0-1-1"));
      replicas.round();
      assertThat(stub.cluster().nodes()).extracting(Node::name).containsExactly("p", "old");
    }
  }
}
