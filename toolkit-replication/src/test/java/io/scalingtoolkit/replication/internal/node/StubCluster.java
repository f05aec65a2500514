// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.replication.internal.engine.Engine;
import io.scalingtoolkit.replication.internal.engine.Failure;
import io.scalingtoolkit.replication.internal.engine.Probe;
import io.scalingtoolkit.replication.internal.engine.Role;
import io.scalingtoolkit.replication.internal.engine.Sample;
import io.scalingtoolkit.replication.mysql.MariaDbPosition;
import io.scalingtoolkit.replication.sql.SqlDialect;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/** A cluster without servers: its nodes say what a test has them say. Confined. */
public final class StubCluster implements AutoCloseable {
  private final ManualClock clock = ManualClock.atEpoch();
  private final Cluster cluster;
  // By node; what a started prober gets for an answer.
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();

  /** What a probe answers. */
  public interface Answer {
    Sample ask() throws SQLException;
  }

  public StubCluster(String... nodes) {
    ClusterSettings settings =
        new ClusterSettings(
            "stub",
            clock.monotonic(),
            Duration.ofMillis(10),
            Duration.ofMillis(1),
            Duration.ofMillis(500),
            Duration.ZERO,
            // Of real time, in which a thread must get its turn on a busy machine.
            Duration.ofSeconds(10));
    cluster = new Cluster(settings, new StubEngine());
    for (String node : nodes) {
      cluster.add(node, pool(node), TargetLoad.of(node));
    }
  }

  public Cluster cluster() {
    return cluster;
  }

  public ManualClock clock() {
    return clock;
  }

  public Node node(String name) {
    return cluster.nodes().stream().filter(n -> n.name().equals(name)).findFirst().orElseThrow();
  }

  public String primary() {
    Node primary = cluster.topology().primary();
    return primary == null ? "none" : primary.name();
  }

  /** Has {@code node} answer as a primary of a product that counts no promotions. */
  public void primary(String node, String gtid) {
    say(node, Role.PRIMARY, 0, gtid);
  }

  /** As {@link #primary(String, String)}, of a product that writes more than is committed. */
  public void primary(String node, String committed, String written) {
    Sample one = sample(node + "#1", Role.PRIMARY, 0, committed);
    node(node)
        .accept(
            new Sample(
                one.role(),
                one.cluster(),
                one.history(),
                one.incarnation(),
                one.position(),
                MariaDbPosition.parse(written),
                one.sentNanos(),
                one.receivedNanos()));
  }

  public void replica(String node, String gtid) {
    say(node, Role.REPLICA, 0, gtid);
  }

  public void say(String node, Role role, long history, String gtid) {
    node(node).accept(sample(node + "#1", role, history, gtid));
  }

  /** As {@link #say}, after a restart. */
  public void sayRestarted(String node, Role role, String gtid) {
    node(node).accept(sample(node + "#2", role, 0, gtid));
  }

  public Sample sample(String incarnation, Role role, long history, String gtid) {
    clock.advance(Duration.ofMillis(1));
    long sent = clock.monotonic().nanoTime();
    clock.advance(Duration.ofMillis(1));
    Position position = MariaDbPosition.parse(gtid);
    return new Sample(role, "", history, incarnation, position, sent, clock.monotonic().nanoTime());
  }

  public void silent(String node) {
    node(node).lost(new SQLException("gone", "08001"));
  }

  public void answer(String node, Answer answer) {
    answers.put(node, answer);
  }

  @Override
  public void close() {
    cluster.close();
  }

  /** A pool whose connections know their node, the product, and nothing else. */
  public static DataSource pool(String node) {
    return proxy(
        DataSource.class,
        (proxy, method, args) ->
            method.getName().equals("getConnection")
                ? connection(node)
                : nothing(method.getName()));
  }

  private static Connection connection(String node) {
    return proxy(
        Connection.class,
        (proxy, method, args) ->
            switch (method.getName()) {
              case "getMetaData" ->
                  proxy(DatabaseMetaData.class, (p, m, a) -> product(m.getName()));
              case "unwrap" -> proxy;
              case "getCatalog" -> node;
              case "hashCode" -> System.identityHashCode(proxy);
              case "equals" -> proxy == args[0];
              case "isClosed" -> false;
              case "getAutoCommit" -> true;
              default -> nothing(method.getName());
            });
  }

  private static Object product(String method) {
    return method.equals("getDatabaseProductName") ? "MariaDB" : "11.4";
  }

  private static Object nothing(String method) {
    if (method.startsWith("get") || method.startsWith("is") || method.startsWith("create")) {
      throw new UnsupportedOperationException(method);
    }
    return null;
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private final class StubEngine implements Engine {
    @Override
    public SqlDialect dialect() {
      return SqlDialect.MARIADB;
    }

    @Override
    public Probe open(Connection connection) throws SQLException {
      String node = connection.getCatalog();
      return new Probe() {
        @Override
        public Sample sample(io.scalingtoolkit.core.time.MonotonicClock ignored)
            throws SQLException {
          Answer answer = answers.get(node);
          if (answer == null) {
            throw new SQLException("no answer", "08001");
          }
          return answer.ask();
        }

        @Override
        public void abort() {}

        @Override
        public void close() {}
      };
    }

    @Override
    public String introduce(Connection connection, Role role) throws SQLException {
      return role == Role.PRIMARY ? "" : connection.getCatalog() + "#1";
    }

    @Override
    public void changeRole(Connection connection, Role role) {}

    @Override
    public boolean passesReadOnlyToReplicas() {
      return false;
    }

    @Override
    public Failure classify(SQLException failure) {
      return Failure.STATEMENT;
    }
  }
}
