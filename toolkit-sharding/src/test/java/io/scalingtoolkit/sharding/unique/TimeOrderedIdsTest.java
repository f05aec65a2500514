// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.sharding.unique.IdsUnavailableException.Reason;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Node leases in a file; clocks that stand still until they are moved. */
class TimeOrderedIdsTest {
  private static final Logger LOG = LoggerFactory.getLogger(TimeOrderedIdsTest.class);
  private static final Duration LEASE = Duration.ofSeconds(4);
  private static final Duration TOLERANCE = Duration.ofMillis(200);

  private DataSource control;
  private ManualClock clock;

  @BeforeEach
  void open(@TempDir Path folder) {
    SQLiteConfig config = new SQLiteConfig();
    config.setSynchronous(SQLiteConfig.SynchronousMode.OFF);
    SQLiteDataSource database = new SQLiteDataSource(config);
    database.setUrl("jdbc:sqlite:" + folder.resolve("control.db"));
    control = database;
    clock = ManualClock.startingAt(Instant.now());
  }

  private TimeOrderedIds open() throws SQLException {
    return open(clock);
  }

  private TimeOrderedIds open(ManualClock with) throws SQLException {
    return TimeOrderedIds.builder(control)
        .lease(LEASE)
        .tolerance(TOLERANCE)
        .clockSkew(Duration.ofHours(1))
        .clocks(with.wall(), with.monotonic())
        .pause(() -> with.advance(Duration.ofMillis(1)))
        .renewedByHand()
        .build();
  }

  /** Ends all leases in the eyes of the database, as time would. */
  private void expire(int node) throws SQLException {
    execute("update tk_node set lease_until = 1 where node = " + node);
  }

  private void fillNodes() throws SQLException {
    execute(
        "with recursive n (i) as (select 0 union all select i + 1 from n where i < 1023) insert"
            + " or ignore into tk_node select i, 'x', 9999999999999, 0 from n");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = control.getConnection();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private void step(Duration by) {
    clock.setWall(clock.wall().now().plus(by));
  }

  private static void assertRefused(Reason reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IdsUnavailableException.class)
        .hasFieldOrPropertyWithValue("reason", reason);
  }

  @Test
  void next_ids_ascendAndSayWhenAndWhere() throws SQLException {
    try (TimeOrderedIds first = open();
        TimeOrderedIds second = open()) {
      long id = first.next();
      long next = first.next();
      clock.advance(Duration.ofMillis(3));
      long later = second.next();

      assertThat(id).isPositive().isLessThan(next);
      assertThat(next).isLessThan(later);
      assertThat(first.timeOf(later).toEpochMilli()).isEqualTo(clock.wall().now().toEpochMilli());
      assertThat(TimeOrderedIds.nodeOf(id)).isEqualTo(first.node()).isEqualTo(0);
      assertThat(TimeOrderedIds.nodeOf(later)).isEqualTo(second.node()).isEqualTo(1);
    }
  }

  @Test
  void next_moreThanAMillisecondHolds_runsAheadNoFurtherThanTheTolerance() throws SQLException {
    try (TimeOrderedIds ids = open()) {
      Instant began = clock.wall().now();
      long last = 0;
      for (int i = 0; i < 4_096 * 300; i++) {
        long id = ids.next();
        assertThat(id > last).isTrue();
        last = id;
      }
      Duration ahead = Duration.between(clock.wall().now(), ids.timeOf(last));
      assertThat(ahead).isLessThanOrEqualTo(TOLERANCE);
      assertThat(Duration.between(began, clock.wall().now()))
          .isBetween(Duration.ofMillis(98), Duration.ofMillis(101));
    }
  }

  @Test
  void next_leaseOver_isRefusedUntilRenewed() throws SQLException {
    try (TimeOrderedIds ids = open()) {
      clock.advance(LEASE.minusMillis(1));
      assertThat(ids.next()).isPositive();
      clock.advance(Duration.ofMillis(1));
      assertRefused(Reason.LEASE_OVER, ids::next);

      ids.renew();

      assertThat(ids.next()).isPositive();
      assertThat(ids.node()).isZero();
    }
  }

  @Test
  void renew_leaseLost_takesAnotherNode() throws SQLException {
    try (TimeOrderedIds slept = open()) {
      long before = slept.next();
      clock.advance(LEASE.plus(TOLERANCE));
      expire(0);
      try (TimeOrderedIds next = open()) {
        assertThat(next.node()).isZero();
        slept.renew();
        assertThat(slept.node()).isEqualTo(1);
        assertThat(slept.next()).isGreaterThan(before);
      }
    }
  }

  @Test
  void next_clockStepsBack_goesOnWithinTheToleranceOnly() throws SQLException {
    try (TimeOrderedIds ids = open()) {
      long before = ids.next();
      step(Duration.ofMillis(-200));
      assertThat(ids.next()).isGreaterThan(before);
      step(Duration.ofMillis(-1));
      assertRefused(Reason.CLOCK_BEHIND, ids::next);

      clock.advance(Duration.ofMillis(1));

      assertThat(ids.next()).isGreaterThan(before);
    }
  }

  @Test
  void next_clockStepsAhead_isRefusedUntilTheCeilingIsRaised() throws SQLException {
    try (TimeOrderedIds ids = open()) {
      step(LEASE.plus(TOLERANCE));
      assertThat(ids.next()).isPositive();
      step(Duration.ofMillis(1));
      assertRefused(Reason.CLOCK_AHEAD, ids::next);

      ids.renew();

      assertThat(ids.next()).isPositive();
    }
  }

  @Test
  void next_newHolderWithAClockBehind_neverRepeatsTheOldOnes() throws SQLException {
    TimeOrderedIds crashed = open();
    long last = crashed.next();
    fillNodes();
    expire(0);
    step(Duration.ofMillis(-10));
    TimeOrderedIds next = open();

    assertThat(next.node()).isEqualTo(TimeOrderedIds.nodeOf(last));
    // The old one may be alive, and use what is left of its lease.
    assertThat(crashed.next()).isGreaterThan(last);
    assertRefused(Reason.CLOCK_BEHIND, next::next);

    // Up to the ceiling of the old one: its lease and tolerance, less the tolerance of this one.
    clock.advance(LEASE.plusMillis(11));
    next.renew();
    assertThat(next.next()).isGreaterThan(last);
  }

  @Test
  void build_expiredNodeIsAheadOfTheClock_takesAnother() throws SQLException {
    TimeOrderedIds crashed = open();
    assertThat(crashed.next()).isPositive();
    expire(0);

    TimeOrderedIds next = open();

    assertThat(next.node()).isEqualTo(1);
    assertThat(next.next()).isPositive();
  }

  @Test
  void close_nodeIsTakenAtOnceAndGoesOn() throws SQLException {
    TimeOrderedIds first = open();
    long last = first.next();
    first.close();
    first.close();
    assertRefused(Reason.CLOSED, first::next);
    first.renew();
    assertRefused(Reason.CLOSED, first::next);

    try (TimeOrderedIds second = open()) {
      assertThat(second.node()).isZero();
      assertThat(second.next()).isGreaterThan(last);
    }
  }

  @Test
  void build_badSettingsAndClocks_areRefused() throws SQLException {
    assertThatThrownBy(() -> TimeOrderedIds.builder(control).lease(Duration.ofMillis(999)))
        .hasMessageContaining("lease must be PT1S to PT1H, was PT0.999S");
    clock.setWall(Instant.now().plus(Duration.ofHours(2)));
    assertRefused(Reason.CLOCK_AHEAD, this::open);
    clock.setWall(Instant.now().minus(Duration.ofHours(2)));
    assertRefused(Reason.CLOCK_BEHIND, this::open);
    clock.setWall(Instant.now());
    try (TimeOrderedIds early =
        TimeOrderedIds.builder(control)
            .epoch(Instant.now().plus(Duration.ofDays(1)))
            .renewedByHand()
            .build()) {
      assertRefused(Reason.CLOCK_OUT_OF_RANGE, early::next);
    }
  }

  @Test
  void build_allNodesLeased_isRefused() throws SQLException {
    try (TimeOrderedIds first = open()) {
      assertThat(first.node()).isZero();
      fillNodes();
      assertThatThrownBy(this::open)
          .hasMessageContaining("all 1024 nodes are leased")
          .hasFieldOrPropertyWithValue("SQLState", "TK010");
    }
  }

  @Test
  void next_fromManyThreads_neverTwice() throws Exception {
    try (TimeOrderedIds ids =
        TimeOrderedIds.builder(control).lease(Duration.ofMinutes(10)).build()) {
      ExecutorService threads = Executors.newFixedThreadPool(4);
      List<Future<long[]>> running = new ArrayList<>();
      Callable<long[]> task =
          () -> {
            long[] got = new long[50_000];
            for (int i = 0; i < got.length; i++) {
              got[i] = ids.next();
            }
            return got;
          };
      for (int i = 0; i < 4; i++) {
        running.add(threads.submit(task));
      }
      long[] all = new long[200_000];
      for (int i = 0; i < 4; i++) {
        System.arraycopy(running.get(i).get(), 0, all, i * 50_000, 50_000);
      }
      threads.shutdown();
      assertNoneTwice(all, all.length);
    }
  }

  private static void assertNoneTwice(long[] ids, int size) {
    Arrays.sort(ids, 0, size);
    for (int i = 1; i < size; i++) {
      if (ids[i - 1] == ids[i]) {
        throw new AssertionError("handed out twice: " + Long.toHexString(ids[i]));
      }
    }
  }

  /**
   * So many ids each by 16 nodes, of which some restart, crash or sleep over their lease, and whose
   * clocks step back and forth by up to ten minutes: {@code -Dids.each=10000000} for the long run,
   * which takes 5 GB.
   */
  @Test
  void next_sixteenNodesRestartsAndClockSteps_neverTwice() throws SQLException {
    int each = Integer.getInteger("ids.each", 50_000);
    long seed = Long.getLong("ids.seed", 1);
    Random random = new Random(seed);
    int nodes = 16;
    long[] all = new long[Math.multiplyExact(nodes, each)];
    int size = 0;
    ManualClock[] clocks = new ManualClock[nodes];
    TimeOrderedIds[] ids = new TimeOrderedIds[nodes];
    Instant base = Instant.now();
    for (int i = 0; i < nodes; i++) {
      clocks[i] = ManualClock.startingAt(base);
    }
    int refused = 0;
    int restarts = 0;
    int burst = Math.max(500, each / 200);
    while (size < all.length) {
      int i = random.nextInt(nodes);
      switch (random.nextInt(8)) {
        case 0 -> clocks[i].setWall(base.plusMillis(random.nextInt(1_200_000) - 600_000));
        case 1 -> clocks[i].setWall(clocks[i].wall().now().minusMillis(random.nextInt(300)));
        case 2 -> expire(random.nextInt(nodes));
        case 3 -> {
          if (ids[i] != null && random.nextBoolean()) {
            ids[i].close();
          }
          // Else it crashes.
          ids[i] = null;
          restarts++;
        }
        case 4 -> clocks[i].advance(LEASE.dividedBy(random.nextInt(8) + 1));
        default -> clocks[i].advance(Duration.ofMillis(random.nextInt(50)));
      }
      try {
        if (ids[i] == null) {
          ids[i] = open(clocks[i]);
        } else if (random.nextInt(3) == 0) {
          ids[i].renew();
        }
        for (int n = 0; n < burst && size < all.length; n++) {
          long id = ids[i].next();
          all[size++] = id;
        }
      } catch (IdsUnavailableException e) {
        refused++;
      }
    }
    assertThat(refused).as("seed " + seed).isPositive();
    LOG.info("{} ids, {} restarts, {} refusals, seed {}", size, restarts, refused, seed);
    assertNoneTwice(all, size);
  }
}
