// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import static io.scalingtoolkit.sharding.query.SortColumn.ascending;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ShardQueryTest extends ItemShards {
  private static long count(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static long countSlice(Connection connection, ShardSlice slice) throws SQLException {
    return count(connection, slice.sql("select count(*) from item where {slots}"));
  }

  @Test
  void onEach_allShards_countsEachRowOnce() throws SQLException {
    setup.insertAt("s0", INSERT, setup.shards.map().slotsOf("s1").toArray()[0], 1, "a copy");

    List<ShardResult<Long>> results = query().build().onEach(ShardQueryTest::countSlice);

    assertThat(results).extracting(ShardResult::shard).containsExactly("s0", "s1", "s2", "s3");
    long sum = 0;
    for (ShardResult<Long> each : results) {
      sum += each.value();
    }
    assertThat(sum).isEqualTo(SqliteShards.SLOTS);
  }

  @Test
  void onEach_parallelism_isTheMostAtOnce() throws SQLException {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch two = new CountDownLatch(2);

    query()
        .parallelism(2)
        .build()
        .onEach(
            (connection, slice) -> {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
              two.countDown();
              awaitLatch(two);
              now.decrementAndGet();
              return "";
            });

    assertThat(most).hasValue(2);
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void onEach_shardFails_failNamesIt() {
    setup.pools.get("s2").failure = new SQLException("down", "08001");

    assertThatThrownBy(() -> query().build().onEach(ShardQueryTest::countSlice))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"))
        .hasMessage("shard \"s2\": down");
  }

  @Test
  void onEach_shardFails_partialNamesIt() throws SQLException {
    setup.pools.get("s2").failure = new SQLException("down", "08001");

    List<ShardResult<Long>> results =
        query().onFailure(FailurePolicy.PARTIAL).build().onEach(ShardQueryTest::countSlice);

    assertThat(results)
        .filteredOn(each -> !each.isSuccess())
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.shard()).isEqualTo("s2");
              assertThatThrownBy(each::value).hasMessage("down");
            });
    assertThat(results).hasSize(4);
  }

  @Test
  void onEach_stepThrowsRuntimeException_isThrownUnderPartialToo() {
    assertThatThrownBy(
            () ->
                query()
                    .onFailure(FailurePolicy.PARTIAL)
                    .build()
                    .onEach(
                        (connection, slice) -> {
                          throw new IllegalStateException("a bug");
                        }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a bug");
  }

  @Test
  void onEach_deadline_cancelsAndNamesTheLate() {
    ShardQuery query = query().deadline(Duration.ofMillis(300)).build();

    assertThatThrownBy(
            () ->
                query.onEach(
                    (connection, slice) ->
                        slice.shard().equals("s1") ? count(connection, FOREVER) : 0L))
        .isInstanceOf(SQLTimeoutException.class)
        .hasMessageContaining("[s1]");
    // tearDown sees that the connection comes back, which it only does when it was cancelled.
  }

  @Test
  void onEach_deadlineUnderPartial_givesTheOthers() throws SQLException {
    ShardQuery query =
        query().deadline(Duration.ofSeconds(2)).onFailure(FailurePolicy.PARTIAL).build();
    ShardStep<Long> step =
        (connection, slice) -> slice.shard().equals("s1") ? count(connection, FOREVER) : 7L;

    for (List<ShardResult<Long>> results :
        List.of(query.onEach(step), query.everywhere().onEach(step))) {
      assertThat(results).hasSize(4);
      assertThat(results)
          .filteredOn(each -> !each.isSuccess())
          .extracting(ShardResult::shard)
          .containsExactly("s1");
    }
  }

  @Test
  void onEach_callerInterrupted_endsAndKeepsTheFlag() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    Thread caller = Thread.currentThread();
    Thread other =
        new Thread(
            () -> {
              awaitLatch(begun);
              caller.interrupt();
            });
    other.start();

    assertThatThrownBy(
            () ->
                query()
                    .build()
                    .onEach(
                        (connection, slice) -> {
                          begun.countDown();
                          return count(connection, FOREVER);
                        }))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
    other.join();
  }

  @Test
  void onEach_writes_areRefusedOrRolledBack() throws SQLException {
    query()
        .build()
        .onEach(
            (connection, slice) -> {
              try (Statement statement = connection.createStatement()) {
                statement.execute("delete from item");
              }
              assertThatThrownBy(connection::commit).hasMessageContaining("only reads");
              assertThatThrownBy(() -> connection.setAutoCommit(true))
                  .hasMessageContaining("only reads");
              connection.close();
              return "";
            });

    assertThat(SqliteShards.all(query().build().orderedBy(ascending(1)).run(IDS))).hasSize(32);
  }

  /** Slots change hands while they are read: the rows of one are then at both shards. */
  @Test
  void onEach_slotsMoveMeanwhile_readsAgain() throws SQLException {
    AtomicInteger runs = new AtomicInteger();
    SlotSet slots = SlotSet.of(setup.shards.map().slotsOf("s0").toArray()[0]);
    ShardStep<Long> step =
        (connection, slice) -> {
          if (runs.incrementAndGet() == 1) {
            assertThat(setup.store.replace(setup.store.load().assign(slots, "s3"))).isTrue();
            setup.insertAt("s3", INSERT, slots.toArray()[0], 0, "arrived");
          }
          return countSlice(connection, slice);
        };

    List<ShardResult<Long>> results = query().parallelism(1).build().onEach(step);

    assertThat(runs).hasValue(8);
    long sum = 0;
    for (ShardResult<Long> each : results) {
      sum += each.value();
    }
    assertThat(sum).isEqualTo(SqliteShards.SLOTS);
  }

  @Test
  void onEach_slotLeavesAndComesBack_readsAgain() throws SQLException {
    AtomicInteger runs = new AtomicInteger();
    SlotSet slots = SlotSet.of(setup.shards.map().slotsOf("s0").toArray()[0]);

    query()
        .parallelism(1)
        .build()
        .onEach(
            (connection, slice) -> {
              if (runs.incrementAndGet() == 2) {
                setup.store.replace(setup.store.load().assign(slots, "s3"));
                setup.store.replace(setup.store.load().assign(slots, "s0"));
              }
              return "";
            });

    assertThat(runs).hasValue(8);
  }

  @Test
  void onEach_onlyAWeightChanges_isEnough() throws SQLException {
    AtomicInteger runs = new AtomicInteger();

    query()
        .build()
        .onEach(
            (connection, slice) -> {
              if (runs.incrementAndGet() == 1) {
                setup.store.replace(setup.store.load().withWeight("s1", 2));
              }
              return "";
            });

    assertThat(runs).hasValue(4);
  }

  @Test
  void onEach_slotsAlwaysMove_givesUp() {
    SlotSet slots = SlotSet.of(setup.shards.map().slotsOf("s0").toArray()[0]);
    AtomicInteger runs = new AtomicInteger();

    assertThatThrownBy(
            () ->
                query()
                    .parallelism(1)
                    .build()
                    .onEach(
                        (connection, slice) -> {
                          if (slice.shard().equals("s2")) {
                            String to = "s" + runs.incrementAndGet() % 2;
                            setup.store.replace(setup.store.load().assign(slots, to));
                          }
                          return "";
                        }))
        .isInstanceOf(SQLTransientException.class)
        .hasMessageContaining("slots moved");
    assertThat(runs).hasValue(ShardQuery.MOST_ATTEMPTS);
  }

  @Test
  void run_slotMovesWhileShardsAreOpened_readsAgain() throws SQLException {
    int slot = setup.shards.map().slotsOf("s0").toArray()[0];
    AtomicInteger asked = new AtomicInteger();
    // The connections are there, and no shard was asked for its rows yet.
    ShardQuery query =
        query()
            .executor(
                task -> {
                  if (asked.incrementAndGet() == 2) {
                    move(slot);
                  }
                  task.run();
                })
            .parallelism(1)
            .build();

    List<String> rows = SqliteShards.all(query.orderedBy(ascending(1)).run(IDS));

    assertThat(rows).isEqualTo(setup.whole("select id from item order by id"));
    assertThat(setup.shards.map().shardOf(slot)).isEqualTo("s3");
  }

  /** The rows are deleted at the source at once. */
  private void move(int slot) {
    try {
      setup.store.replace(setup.store.load().assign(SlotSet.of(slot), "s3"));
      setup.insertAt("s3", INSERT, slot, slot * 10, "arrived");
      setup.insertAt(
          "s0", "delete from item where slot_id = ? and id = ? and ? = 0", slot, slot * 10, 0);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void run_rowsOutOfOrder_failsNamingTheShard() throws SQLException {
    assertThatThrownBy(
            () ->
                SqliteShards.all(
                    query()
                        .onFailure(FailurePolicy.PARTIAL)
                        .build()
                        .orderedBy(ascending(1))
                        .run("select id from item where {slots} order by id desc")))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("shard \"s")
        .hasMessageContaining("by the declared order");
  }

  @Test
  void run_otherCollation_failsInsteadOfWrongOrder() throws SQLException {
    setup.insertAt("s1", INSERT, setup.shards.map().slotsOf("s1").toArray()[0], 1, "Zoe");

    assertThatThrownBy(
            () ->
                SqliteShards.all(
                    query()
                        .build()
                        .orderedBy(ascending(1).binaryText())
                        .run("select name from item where {slots} order by name collate nocase")))
        .hasMessageContaining("collation");
    assertThat(
            SqliteShards.all(
                query()
                    .build()
                    .orderedBy(ascending(1).text(String.CASE_INSENSITIVE_ORDER))
                    .run("select name from item where {slots} order by name collate nocase")))
        .hasSize(33);
  }

  @Test
  void run_undeclaredTextOrNull_isRefused() throws SQLException {
    OrderedQuery query = query().build().orderedBy(ascending(1));

    assertThatThrownBy(() -> query.run("select name from item where {slots} order by name"))
        .hasMessageContaining("binaryText()");
    assertThatThrownBy(() -> query.run("select null from item where {slots}"))
        .hasMessageContaining("nullsFirst()");
    assertThatThrownBy(() -> query().build().orderedBy(ascending(2)).run(IDS))
        .hasMessageContaining("column 2");
  }

  @Test
  void run_shardFails_partialNamesItAndGivesTheOthers() throws SQLException {
    setup.pools.get("s2").failure = new SQLException("down", "08001");
    int others = SqliteShards.SLOTS - setup.shards.map().slotsOf("s2").size();

    try (MergedRows rows =
        query().onFailure(FailurePolicy.PARTIAL).build().orderedBy(ascending(1)).run(IDS)) {
      int found = 0;
      while (rows.next()) {
        found++;
      }
      assertThat(found).isEqualTo(others);
      assertThat(rows.failures()).containsOnlyKeys("s2");
    }
    assertThatThrownBy(() -> query().build().orderedBy(ascending(1)).run(IDS))
        .hasMessage("shard \"s2\": down");
  }

  @Test
  void close_halfRead_givesConnectionsBack() throws SQLException {
    MergedRows rows = query().build().orderedBy(ascending(1)).run(IDS);
    assertThat(rows.next()).isTrue();
    assertThat(setup.open()).isEqualTo(4);

    rows.close();
    rows.close();

    assertThat(setup.open()).isZero();
    assertThat(rows.next()).isFalse();
  }

  @Test
  void next_limitReached_givesConnectionsBack() throws SQLException {
    MergedRows rows = query().build().orderedBy(ascending(1)).limit(2).run(IDS + " limit {limit}");

    assertThat(rows.next()).isTrue();
    assertThat(rows.next()).isTrue();
    assertThat(rows.next()).isFalse();

    assertThat(setup.open()).isZero();
    assertThatThrownBy(rows::row).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void next_deadlineOver_failsAndIsClosedByItself() throws SQLException {
    MergedRows rows =
        query().deadline(Duration.ofMillis(300)).build().orderedBy(ascending(1)).run(IDS);
    assertThat(rows.next()).isTrue();

    await().until(() -> setup.open() == 0);

    assertThatThrownBy(rows::next).isInstanceOf(SQLTimeoutException.class);
    assertThatThrownBy(rows::next).isInstanceOf(SQLTimeoutException.class);
  }

  @Test
  void run_connectionsHeldByAnother_givesBackItsOwnAtTheDeadline() throws SQLException {
    try (MergedRows first = query().build().orderedBy(ascending(1)).run(IDS)) {
      first.next();
      ShardQuery impatient = query().deadline(Duration.ofMillis(200)).build();

      assertThatThrownBy(() -> impatient.orderedBy(ascending(1)).run(IDS))
          .isInstanceOf(SQLTimeoutException.class);
    }
  }

  /** Some merge, some go shard by shard, all with one connection for each shard. */
  @Test
  void run_poolsOfOneAndEightQueries_allAnswer() throws Exception {
    ShardQuery query = query().build();
    ExecutorService callers = Executors.newFixedThreadPool(8);
    try {
      List<Future<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        boolean merged = i % 4 != 3;
        answers.add(
            callers.submit(
                () -> {
                  int rows = 0;
                  for (int round = 0; round < 25; round++) {
                    rows +=
                        merged
                            ? SqliteShards.all(query.orderedBy(ascending(1)).run(IDS)).size()
                            : query.onEach(ShardQueryTest::countSlice).size() * 8;
                  }
                  return rows;
                }));
      }
      for (Future<Integer> answer : answers) {
        assertThat(answer.get(50, TimeUnit.SECONDS)).isEqualTo(25 * 32);
      }
    } finally {
      callers.shutdownNow();
    }
    setup.pools.values().forEach(pool -> assertThat(pool.mostOpen).hasValue(1));
  }
}
