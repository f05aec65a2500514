// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The life of a cluster of which only the first primary is configured. */
abstract class DiscoveryContract {
  /** A server as the discovery knows it. */
  record Server(String name, String url, Runnable kill, Runnable promote, Runnable rejoin) {}

  private final Pools pools = new Pools();
  private final Map<String, HikariDataSource> made = new ConcurrentHashMap<>();
  private @Nullable ReplicationDataSource db;

  /** Starts a primary and a replica. */
  abstract List<Server> start() throws SQLException;

  abstract Server addReplica();

  abstract Server find(ReplicaAddress address);

  abstract void stop();

  @AfterEach
  void close() {
    if (db != null) {
      db.close();
    }
    pools.close();
    stop();
  }

  private DataSource pool(ReplicaAddress address) {
    HikariDataSource pool = pools.open(find(address).url());
    made.put(address.name(), pool);
    return pool;
  }

  private static ConditionFactory await() {
    return Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .ignoreExceptionsInstanceOf(SQLException.class);
  }

  private @Nullable String state(Server server) {
    return db.status().nodes().stream()
        .filter(node -> node.name().equals(server.name()))
        .map(ReplicationStatus.NodeStatus::state)
        .findFirst()
        .orElse(null);
  }

  private void awaitInUse(Server server) {
    await().until(() -> "in use".equals(state(server)));
  }

  private void write() throws SQLException {
    try (Connection connection = db.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("insert into entry (name) values ('x')");
    }
  }

  private void awaitReadFrom(Server server) {
    await()
        .until(
            () -> {
              try (Connection connection = db.getConnection();
                  Statement statement = connection.createStatement();
                  ResultSet row = statement.executeQuery("select count(*) from entry")) {
                row.next();
                return server.name().equals(ReplicationDataSource.nodeOf(connection));
              }
            });
  }

  private void awaitPrimary(Server server) {
    await()
        .until(
            () -> {
              write();
              return server.name().equals(db.status().primary());
            });
  }

  /** Writes meanwhile, because MySQL and MariaDB notice that a replica is gone by sending to it. */
  private void awaitGone(Server server) {
    await()
        .until(
            () -> {
              write();
              return state(server) == null;
            });
  }

  private boolean isDiscovered(Server server) {
    return db.status().nodes().stream()
        .filter(node -> node.name().equals(server.name()))
        .allMatch(ReplicationStatus.NodeStatus::discovered);
  }

  @Test
  void replicas_comeAndGoAndTakeOver() throws SQLException {
    List<Server> servers = start();
    Server first = servers.get(0);
    Server second = servers.get(1);
    db =
        ReplicationDataSource.builder(pools.open(first.url()))
            .primaryName(first.name())
            .discover(ReplicaDiscovery.fromPrimary(), this::pool)
            .discoveryInterval(Duration.ofMillis(100))
            .build();
    try (Connection connection = db.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table entry (name varchar(20) not null)");
    }
    awaitReadFrom(second);
    assertThat(isDiscovered(second)).isTrue();
    assertThat(isDiscovered(first)).isFalse();

    Server third = addReplica();
    awaitInUse(third);
    awaitReadFrom(third);

    HikariDataSource poolOfSecond = made.get(second.name());
    second.kill().run();
    awaitGone(second);
    await().until(poolOfSecond::isClosed);

    first.kill().run();
    third.promote().run();
    awaitPrimary(third);
    Server fourth = addReplica();
    awaitInUse(fourth);
    awaitReadFrom(fourth);

    second.rejoin().run();
    awaitInUse(second);
    assertThat(isDiscovered(second)).isTrue();
    first.rejoin().run();
    awaitInUse(first);
    assertThat(isDiscovered(first)).isFalse();

    // Now the primary is one that was found. It goes, and comes back as found.
    third.kill().run();
    fourth.promote().run();
    awaitPrimary(fourth);
    awaitGone(third);
    third.rejoin().run();
    awaitInUse(third);
    assertThat(db.status().nodes())
        .extracting(ReplicationStatus.NodeStatus::name)
        .containsExactlyInAnyOrder(first.name(), second.name(), third.name(), fourth.name());

    db.close();
    assertThat(made.values()).allMatch(HikariDataSource::isClosed);
  }
}
