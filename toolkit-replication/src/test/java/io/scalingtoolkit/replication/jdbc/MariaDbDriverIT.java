// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbExtension;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MariaDbDriverIT {
  @RegisterExtension
  static final MariaDbExtension MARIADB = MariaDbExtension.of(MariaDbCluster.builder().replicas(1));

  private static String url() {
    return "jdbc:replicated:mariadb://127.0.0.1:%d,127.0.0.1:%d/app?toolkit.idleClose=0"
        .formatted(MARIADB.cluster().primary().port(), MARIADB.cluster().replica(0).port());
  }

  private static int server(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement("/*@replica*/ select @@server_id");
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getInt(1);
    }
  }

  @Test
  void connections_ofATool_readOnTheReplicaAndWriteOnThePrimary() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url(), "app", "app");
        Statement statement = connection.createStatement()) {
      await().until(() -> server(connection) == MARIADB.cluster().replica(0).port());
      statement.execute("create table tool (id int primary key auto_increment, name text)");
      statement.executeUpdate(
          "insert into tool (name) values ('ada')", Statement.RETURN_GENERATED_KEYS);
      try (ResultSet keys = statement.getGeneratedKeys()) {
        assertThat(keys.next()).isTrue();
        assertThat(keys.getInt(1)).isEqualTo(1);
      }
      try (ResultSet rows = statement.executeQuery("select name from tool")) {
        assertThat(rows.next()).isTrue();
      }
      connection.setAutoCommit(false);
      assertThat(server(connection)).isEqualTo(MARIADB.cluster().primary().port());
      connection.rollback();
      statement.execute("drop table tool");
    }
  }

  @Test
  void connect_wrongPassword_hasTheServersCode() {
    assertThatThrownBy(() -> DriverManager.getConnection(url(), "app", "wrong"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1045));
  }
}
