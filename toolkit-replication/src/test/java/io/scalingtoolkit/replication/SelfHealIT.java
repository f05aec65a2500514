// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes that look like reads, in autocommit: a replica refuses each shape of statement once, and
 * the application notices nothing.
 *
 * <p>{@code -Dtoolkit.writes=10000} makes more of them, of a twentieth as many shapes; a multiple
 * of 160.
 */
class SelfHealIT {
  private static final Logger LOG = LoggerFactory.getLogger(SelfHealIT.class);
  private static final int WRITES = Integer.getInteger("toolkit.writes", 1_600);
  private static final int SHAPES = WRITES / 20;
  private static final int THREADS = 4;

  /** Functions and a view that write, and look to the catalogue as if they did not. */
  private static final List<String> POSTGRES =
      List.of(
          """
          create function writes(bigint) returns bigint language sql as
            'insert into entry values ($1) returning id'
          """,
          "create function hidden_write(bigint) returns bigint stable language sql as"
              + " 'select writes($1)'",
          "create view hidden_view as select hidden_write(-1) as id");

  private static final List<String> MARIADB =
      List.of(
          """
          create function hidden_write(n bigint) returns bigint deterministic
          begin insert into entry values (n); return n; end
          """,
          "create view hidden_view as select hidden_write(-1) as id");

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES", "MARIADB"})
  void writes_thatLookLikeReads_runOnceOnThePrimary(TestCluster.Product product) throws Exception {
    try (Pools pools = new Pools();
        TestCluster cluster = TestCluster.start(product)) {
      boolean postgres = product == TestCluster.Product.POSTGRES;
      prepare(cluster, postgres ? POSTGRES : MARIADB);
      try (ReplicationDataSource db =
          cluster
              .dataSource(pools)
              // MariaDB tells of no function whether it writes.
              .allowFunction("hidden_write")
              .build()) {
        int done = writeAll(db);
        LOG.warn("{}: {} writes, {} refused first", product, done, db.status().heals());

        assertThat(db.status().heals()).isBetween(1L, (long) SHAPES);
      }
      assertThat(number(cluster, "select count(*) from entry")).isEqualTo(WRITES);
      assertThat(number(cluster, "select count(distinct id) from entry where id >= 0"))
          .isEqualTo(WRITES / 2);
    }
  }

  private static void prepare(TestCluster cluster, List<String> functions) throws SQLException {
    try (Connection connection = cluster.admin().getConnection();
        Statement statement = connection.createStatement()) {
      if (!connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
        statement.execute("use app");
      }
      statement.execute("create table entry (id bigint not null)");
      for (String function : functions) {
        statement.execute(function);
      }
    }
    cluster.awaitCaughtUp();
  }

  /** Writes from several threads, each with shapes of its own: two could both be the first. */
  private static int writeAll(ReplicationDataSource db) throws Exception {
    List<CompletableFuture<Integer>> threads = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      int first = thread;
      threads.add(
          CompletableFuture.supplyAsync(
              () -> {
                int done = 0;
                for (int i = first; i < WRITES; i += THREADS) {
                  write(db, i);
                  done++;
                }
                return done;
              },
              task -> new Thread(task).start()));
    }
    int done = 0;
    for (CompletableFuture<Integer> thread : threads) {
      done += thread.get(10, TimeUnit.MINUTES);
    }
    return done;
  }

  private static void write(ReplicationDataSource db, int number) {
    // The alias makes the shape; the literal does not. Of a shape all numbers are of one thread.
    int shape = number % SHAPES;
    String sql =
        shape % 8 < 4
            ? "select hidden_write(" + number + ") as c" + shape
            : "select id as c" + shape + " from hidden_view";
    try (Connection connection = db.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertThat(row.next()).isTrue();
      assertThat(row.getLong(1)).isEqualTo(shape % 8 < 4 ? number : -1);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  private static long number(TestCluster cluster, String sql) throws SQLException {
    try (Connection connection = cluster.direct().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
