// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.query.SortColumn.ascending;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.query.Combine;
import io.scalingtoolkit.sharding.query.FailurePolicy;
import io.scalingtoolkit.sharding.query.MergedRows;
import io.scalingtoolkit.sharding.query.ShardQuery;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Queries over real databases: while slots move, over many rows, and beyond the deadline. */
class QueryIT {
  private static final Logger LOG = LoggerFactory.getLogger(QueryIT.class);
  private static final int CUSTOMERS = 1_000;
  private static final long HEAP_BYTES = 32L << 20;

  private static MoveSetup setup(Engine engine, String... names) throws SQLException {
    return MoveSetup.of(engine, names);
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void run_slotsOnTheMove_seesEachRowOnce(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = setup(engine, "s1", "s2");
      setup.fill(CUSTOMERS);
      long cents = 0;
      try (ShardedDataSource shards = setup.open();
          Buyers buyers = new Buyers()) {
        buyers.users(shards, 2, 1_000_000, 50, 1);
        ShardQuery query = ShardQuery.builder(shards).fetchSize(50).build();
        Mover mover = setup.mover().options(MoveOptions.DEFAULT.withGroupSize(4)).build();
        CompletableFuture<Void> moves = CompletableFuture.runAsync(() -> backAndForth(mover));
        int queries = 0;
        int twice = 0;
        while (!moves.isDone() || queries == 0) {
          queries++;
          assertThat(ids(query)).hasSize(CUSTOMERS);
          try (MergedRows total =
              query
                  .groupedBy()
                  .combine(1, Combine.COUNT)
                  .combine(2, Combine.SUM)
                  .run(
                      "select count(*), sum(cents) from purchase where {slots} and customer_id < ?",
                      CUSTOMERS)) {
            assertThat(total.next()).isTrue();
            assertThat(total.row().getLong(1)).isEqualTo(CUSTOMERS);
            assertThat(total.row().getLong(2)).isEqualTo(cents);
          }
          twice += everywhere(query) == CUSTOMERS ? 0 : 1;
        }
        moves.join();
        // Else the slots did not matter, and the test shows nothing.
        assertThat(twice).isPositive();
        assertThat(buyers.stop()).isEmpty();
        LOG.info(
            "{}: {} queries, {} times a row was at two shards, map version {}",
            product,
            queries,
            twice,
            shards.map().version());
      }
    }
  }

  private static void backAndForth(Mover mover) {
    try {
      for (int round = 0; round < 2; round++) {
        SlotSet all = SlotSet.range(0, MoveSetup.SLOTS - 1);
        mover.run(List.of(new SlotPlanner.Transfer(all, "s1", "s2")));
        mover.run(List.of(new SlotPlanner.Transfer(all, "s2", "s1")));
      }
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Long> ids(ShardQuery query) throws SQLException {
    List<Long> ids = new ArrayList<>();
    try (MergedRows rows =
        query
            .orderedBy(ascending(1))
            .run("select id from customer where {slots} and id < ? order by id", CUSTOMERS)) {
      while (rows.next()) {
        ids.add(rows.row().getLong(1));
      }
    }
    assertThat(ids).doesNotHaveDuplicates();
    return ids;
  }

  private static long everywhere(ShardQuery query) throws SQLException {
    try (MergedRows rows =
        query
            .everywhere()
            .groupedBy()
            .combine(1, Combine.COUNT)
            .run("select count(*) from customer where id < ?", CUSTOMERS)) {
      rows.next();
      return rows.row().getLong(1);
    }
  }

  /** Four shards with 300 MB each in their answer, of which little is ever here. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void run_manyRows_readsFewIntoMemory(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = setup(engine, "s1", "s2", "s3", "s4");
      for (HikariDataSource database : setup.databases.values()) {
        numbers(database);
      }
      try (ShardedDataSource shards = setup.open()) {
        ShardQuery query = ShardQuery.builder(shards).build().everywhere();
        long before = usedBytes();
        long start = System.nanoTime();
        MergedRows rows =
            query
                .orderedBy(ascending(1))
                .colocated()
                .limit(100)
                .run(
                    "select a.n * 1000 + b.n, repeat('x', 1000) from numbers a, numbers b"
                        + " where a.n < 300 order by a.n, b.n");
        for (int i = 0; i < 99; i++) {
          assertThat(rows.next()).isTrue();
        }
        long held = usedBytes() - before;
        assertThat(rows.next()).isTrue();
        long read = System.nanoTime();
        assertThat(rows.next()).isFalse();
        LOG.info(
            "{}: 100 of 4 times 300,000 rows of 1 kB, {} kB held, read in {} ms, closed in {}"
                + " ms",
            product,
            held >> 10,
            (read - start) / 1_000_000,
            (System.nanoTime() - read) / 1_000_000);
        assertThat(held).isLessThan(HEAP_BYTES);
        assertAllBack(setup);
      }
    }
  }

  private static void numbers(HikariDataSource database) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table numbers (n integer not null primary key)");
      StringBuilder insert = new StringBuilder("insert into numbers values (0)");
      for (int n = 1; n < 1_000; n++) {
        insert.append(",(").append(n).append(')');
      }
      statement.execute(insert.toString());
    }
  }

  private static long usedBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** And usable: what a cancelled statement left behind would show here. */
  private static void assertAllBack(MoveSetup setup) throws SQLException {
    for (HikariDataSource database : setup.databases.values()) {
      await().until(() -> database.getHikariPoolMXBean().getActiveConnections() == 0);
      try (Connection connection = database.getConnection();
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("select count(*) from customer")) {
        assertThat(connection.getAutoCommit()).isTrue();
        assertThat(rows.next()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void run_deadline_cancelsAtTheServer(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = setup(engine, "s1", "s2");
      String sleep = product.equals("postgres") ? "pg_sleep(100)" : "sleep(100)";
      try (ShardedDataSource shards = setup.open()) {
        ShardQuery.Builder builder = ShardQuery.builder(shards).deadline(Duration.ofMillis(1_500));
        long start = System.nanoTime();

        assertThatThrownBy(
                () ->
                    builder.build().everywhere().orderedBy(ascending(1)).run("select 1, " + sleep))
            .isInstanceOf(SQLTimeoutException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        assertThatThrownBy(
                () ->
                    builder
                        .onFailure(FailurePolicy.FAIL)
                        .build()
                        .onEach(
                            (connection, slice) -> {
                              try (Statement statement = connection.createStatement()) {
                                return statement.execute("select " + sleep);
                              }
                            }))
            .isInstanceOf(SQLTimeoutException.class);

        assertAllBack(setup);
        await().until(() -> sleeping(setup, product) == 0);
      }
    }
  }

  private static long sleeping(MoveSetup setup, String product) throws SQLException {
    String sql =
        product.equals("postgres")
            ? "select count(*) from pg_stat_activity where state = 'active' and query like"
                + " '%pg_sleep%' and pid <> pg_backend_pid()"
            : "select count(*) from information_schema.processlist where info like '%sleep(100)'";
    try (Connection connection = setup.control.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** A collation that takes different texts for the same would make other groups. */
  @ParameterizedTest
  @ValueSource(strings = "mysql")
  void groupedBy_caseInsensitiveText_isRefused(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = setup(engine, "s1", "s2");
      setup.fill(3);
      try (ShardedDataSource shards = setup.open()) {
        var names =
            ShardQuery.builder(shards)
                .build()
                .groupedBy(ascending(1).binaryText())
                .combine(2, Combine.COUNT);
        String sql =
            "select convert(name using utf8mb4) collate %s, count(*) from customer where {slots}"
                + " group by 1 order by 1";
        try (MergedRows rows = names.run(sql.formatted("utf8mb4_bin"))) {
          assertThat(rows.next()).isTrue();
        }

        assertThatThrownBy(() -> names.run(sql.formatted("utf8mb4_general_ci")))
            .hasMessageContaining("collation");
      }
    }
  }
}
