// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.GtidNode;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long writes are refused after a promotion, with probes every 100 ms, and that none reaches
 * the old primary once the new one has taken one.
 *
 * <p>{@code -Dtoolkit.rounds=50} promotes back and forth that often.
 */
class PromotionIT {
  private static final Logger LOG = LoggerFactory.getLogger(PromotionIT.class);
  private static final int ROUNDS = Integer.getInteger("toolkit.rounds", 3);
  private static final int WRITERS = 2;
  private static final int WRITES_A_CONNECTION = 50;
  private static final long WRITES_AFTER = 100;
  private static final long NONE = Long.MAX_VALUE;

  /** One of the two servers, and what can be done to it. */
  private record Server(
      String name,
      DataSource direct,
      Runnable kill,
      Runnable promote,
      Runnable restart,
      Runnable rejoin) {
    static List<Server> of(TestCluster cluster) {
      List<Server> servers = new ArrayList<>();
      if (cluster instanceof TestCluster.Postgres postgres) {
        PostgresCluster nodes = postgres.cluster();
        nodes.nodes().forEach(node -> servers.add(of(nodes, node)));
      } else if (cluster instanceof TestCluster.Gtid gtid) {
        GtidCluster nodes = gtid.cluster();
        nodes.nodes().forEach(node -> servers.add(of(nodes, node)));
      }
      return servers;
    }

    private static Server of(PostgresCluster cluster, PostgresNode node) {
      return new Server(
          node.name(),
          node.dataSource(),
          node::kill,
          node::promote,
          node::restart,
          () -> cluster.rejoin(node));
    }

    private static Server of(GtidCluster cluster, GtidNode node) {
      return new Server(
          node.name(),
          node.dataSource(),
          node::kill,
          node::promote,
          node::restart,
          () -> cluster.rejoin(node));
    }
  }

  @ParameterizedTest
  @CsvSource({"POSTGRES, true", "POSTGRES, false", "MARIADB, true", "MARIADB, false"})
  void promotion_whileWritesCome_movesThemForGood(TestCluster.Product product, boolean killed)
      throws Exception {
    List<Long> refusedMicros = new ArrayList<>();
    try (Pools pools = new Pools();
        TestCluster cluster = TestCluster.start(product, 1);
        ReplicationDataSource db =
            cluster.dataSource(pools).probeInterval(Duration.ofMillis(100)).build()) {
      execute(db, "create table entry (begun bigint not null)");
      execute(db, "create table probe (id int primary key)");
      execute(db, "insert into probe values (0)");
      cluster.awaitCaughtUp();
      List<Server> servers = Server.of(cluster);
      for (int i = 0; i < ROUNDS; i++) {
        pools.awaitConnections();
        Round round = new Round(db, servers.get(i % 2), servers.get((i + 1) % 2), product);
        refusedMicros.add(TimeUnit.NANOSECONDS.toMicros(round.run(killed)));
      }
      assertThat(db.status().failovers()).isEqualTo(ROUNDS);
    }
    refusedMicros.sort(null);
    LOG.warn(
        "{} old primary {}: writes are back after, in us: {}",
        product,
        killed ? "killed" : "alive",
        refusedMicros);
    assertThat(refusedMicros.get(ROUNDS - 1)).isLessThan(TimeUnit.SECONDS.toMicros(5));
  }

  private static void execute(DataSource on, String sql) throws SQLException {
    try (Connection connection = on.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** One promotion; confined, but for the writers. */
  private static final class Round {
    private final ReplicationDataSource db;
    private final Server old;
    private final Server promoted;
    private final TestCluster.Product product;
    private final AtomicLong firstBack = new AtomicLong(NONE);
    private final AtomicLong writesBack = new AtomicLong();

    Round(ReplicationDataSource db, Server old, Server promoted, TestCluster.Product product) {
      this.db = db;
      this.old = old;
      this.promoted = promoted;
      this.product = product;
    }

    /** Returns how long after the server itself the data source took a write, in nanoseconds. */
    long run(boolean killed) throws Exception {
      long accepts;
      try (Connection direct = promoted.direct().getConnection();
          Load ignored = Load.start(WRITERS, db, this::writeSome)) {
        ignored.awaitMore(2);
        if (killed) {
          old.kill().run();
        }
        CompletableFuture<Long> accepting =
            CompletableFuture.supplyAsync(() -> awaitAccepts(direct));
        promoted.promote().run();
        accepts = accepting.get(60, TimeUnit.SECONDS);
        awaitWritesBack();
        if (killed) {
          old.restart().run();
        }
        awaitState(old, "fenced");
        awaitWritesBack();
      }
      assertThat(writtenAfter(old, firstBack.get())).as("writes on the old primary").isZero();
      assertThat(writtenAfter(promoted, firstBack.get())).isGreaterThan(WRITES_AFTER);
      old.rejoin().run();
      awaitState(old, "in use");
      return firstBack.get() - accepts;
    }

    /** Keeps its connection for a while, as a busy application does. */
    private void writeSome(Connection connection) {
      for (int i = 0; i < WRITES_A_CONNECTION; i++) {
        write(connection);
      }
    }

    private void write(Connection connection) {
      long begun = System.nanoTime();
      try (PreparedStatement statement =
          connection.prepareStatement("insert into entry values (?)")) {
        statement.setLong(1, begun);
        statement.executeUpdate();
        if (promoted.name().equals(ReplicationDataSource.nodeOf(connection))) {
          firstBack.accumulateAndGet(System.nanoTime(), Math::min);
          writesBack.incrementAndGet();
        }
      } catch (SQLException e) {
        // There is no primary for a while; that is what is measured.
        LOG.debug("a write was refused", e);
      }
    }

    private void awaitWritesBack() {
      long target = writesBack.get() + WRITES_AFTER;
      Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> writesBack.get() >= target);
    }

    private void awaitState(Server server, String state) {
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(
              () ->
                  db.status().nodes().stream()
                      .anyMatch(
                          node -> node.name().equals(server.name()) && node.state().equals(state)));
    }

    /** Asks without a pause, and returns when the server took a write. */
    private long awaitAccepts(Connection direct) {
      while (true) {
        if (accepts(direct)) {
          return System.nanoTime();
        }
      }
    }

    private boolean accepts(Connection direct) {
      try (Statement statement = direct.createStatement()) {
        if (product == TestCluster.Product.POSTGRES) {
          statement.execute("update probe set id = id");
          return true;
        }
        // Its user may write on a replica too.
        try (ResultSet row = statement.executeQuery("select @@global.read_only = 0")) {
          return row.next() && row.getBoolean(1);
        }
      } catch (SQLException e) {
        LOG.trace("not yet", e);
        return false;
      }
    }

    private static long writtenAfter(Server server, long nanos) throws SQLException {
      try (Connection connection = server.direct().getConnection();
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery("select count(*) from entry where begun > " + nanos)) {
        row.next();
        return row.getLong(1);
      }
    }
  }
}
