// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.replication.internal.engine.Engines;
import io.scalingtoolkit.replication.internal.engine.Role;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbExtension;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PhysicalConnectionsIT {
  @RegisterExtension
  static final MariaDbExtension MARIADB = MariaDbExtension.of(MariaDbCluster.builder().replicas(1));

  /** As that of Commons DBCP, which gives itself out where it is asked for a connection. */
  private static Connection wrapped(Connection real) {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, args) -> {
              switch (method.getName()) {
                case "unwrap":
                  return proxy;
                case "hashCode":
                  return System.identityHashCode(proxy);
                case "equals":
                  return proxy == args[0];
                default:
                  try {
                    return method.invoke(real, args);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
              }
            });
  }

  @Test
  void prepare_forThePrimaryAfterAPromotionBehindAWrapper_letsItWrite() throws SQLException {
    try (Connection real = MARIADB.cluster().primary().dataSource().getConnection();
        Statement statement = real.createStatement()) {
      PhysicalConnections connections = new PhysicalConnections(Engines.of(real, false));
      connections.prepare(wrapped(real), Role.REPLICA);
      connections.prepare(wrapped(real), Role.PRIMARY);

      assertThat(statement.executeUpdate("create table promoted (id int)")).isZero();
    }
  }
}
