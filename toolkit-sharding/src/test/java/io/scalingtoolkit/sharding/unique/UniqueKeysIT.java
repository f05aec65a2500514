// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.move.Engine;
import io.scalingtoolkit.sharding.move.MoveOptions;
import io.scalingtoolkit.sharding.move.MoveReport;
import io.scalingtoolkit.sharding.move.Mover;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Many who want the same few addresses, die at every step, and are swept while they are at it. */
class UniqueKeysIT {
  private static final Logger LOG = LoggerFactory.getLogger(UniqueKeysIT.class);
  private static final int THREADS = 64;
  private static final int ADDRESSES = 24;
  private static final int ROUNDS = Integer.getInteger("unique.rounds", 40);

  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicInteger killed = new AtomicInteger();
  private final AtomicInteger unlucky = new AtomicInteger();
  private final CountDownLatch running = new CountDownLatch(THREADS);

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void change_manyClientsThatDieAndSweepers_noDuplicates(String product) throws Exception {
    try (Engine engine = Engine.of(product);
        Accounts accounts = new Accounts(engine.database(), engine::database, 32, 4, 4)) {
      SweepReport swept = rush(accounts);
      settle(accounts, product, swept);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void change_slotsMoveMeanwhile_noDuplicates(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      HikariDataSource control = engine.database();
      try (Accounts accounts = new Accounts(control, engine::database, 32, 2, 4)) {
        Thread mover = new Thread(() -> move(accounts, control), "mover");
        mover.start();
        SweepReport swept = rush(accounts);
        mover.join();
        accounts.shards.refresh();
        assertThat(accounts.shards.map().slotsOf("s4").size()).isEqualTo(8);
        settle(accounts, product + " on the move", swept);
      }
    }
  }

  private void move(Accounts accounts, HikariDataSource control) {
    try {
      Mover.Builder builder =
          Mover.builder(control, Accounts.GUARD).options(MoveOptions.DEFAULT.withGroupSize(4));
      accounts.databases.forEach(builder::shard);
      await().atMost(Duration.ofSeconds(30)).until(() -> done.get() > 20);
      MoveReport report = builder.build().run(SlotPlanner.rebalance(accounts.store.load()));
      assertThat(report.isDone()).as(report.toString()).isTrue();
    } catch (SQLException | RuntimeException | AssertionError e) {
      failures.add(e);
    }
  }

  /** Runs the clients, and two sweepers that take every pending reservation for old. */
  private SweepReport rush(Accounts accounts) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int client = i;
      threads.add(new Thread(() -> client(accounts, client), "client " + i));
    }
    List<SweepReport> reports = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      threads.add(new Thread(() -> sweeper(accounts, reports), "sweeper " + i));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join(TimeUnit.MINUTES.toMillis(4));
      assertThat(thread.isAlive()).as(thread.getName()).isFalse();
    }
    return reports.stream().reduce(new SweepReport(0, 0, 0), SweepReport::plus);
  }

  private void sweeper(Accounts accounts, List<SweepReport> reports) {
    UniqueKeys unique = accounts.unique();
    SweepReport all = new SweepReport(0, 0, 0);
    try {
      while (!running.await(20, TimeUnit.MILLISECONDS)) {
        all = all.plus(unique.sweep(Duration.ofMillis(30)));
      }
    } catch (SQLException e) {
      failures.add(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (reports) {
      reports.add(all);
    }
  }

  /** Its own two accounts, whose addresses it wants from those that all want. */
  private void client(Accounts accounts, int client) {
    Random random = new Random(client);
    UniqueKeys unique =
        UniqueKeys.of(
            accounts.shards,
            Duration.ofMillis(50),
            step -> {
              if (random.nextInt(12) == 0) {
                throw new UniqueKeysTest.Killed();
              }
            });
    String[] address = new String[2];
    try {
      for (int round = 0; round < ROUNDS; round++) {
        int which = random.nextInt(2);
        long id = client * 2L + which;
        try {
          act(accounts, unique, id, address[which], random);
          done.incrementAndGet();
        } catch (ValueTakenException e) {
          taken.incrementAndGet();
        } catch (UniqueKeysTest.Killed e) {
          killed.incrementAndGet();
        } catch (SQLException e) {
          if (e.getSQLState() == null || !e.getSQLState().startsWith("40")) {
            throw e;
          }
          unlucky.incrementAndGet();
        }
        address[which] = addressOf(accounts, id);
      }
    } catch (SQLException | RuntimeException | Error e) {
      failures.add(e);
    } finally {
      running.countDown();
    }
  }

  private static void act(
      Accounts accounts, UniqueKeys unique, long id, String address, Random random)
      throws SQLException {
    String wanted = "user" + random.nextInt(ADDRESSES) + "@example.org";
    UniqueChange change = unique.change(ShardKey.of(id));
    if (address == null) {
      int unused =
          change
              .take(Accounts.email(wanted))
              .run(
                  connection -> {
                    accounts.insert(connection, id, wanted);
                    return 1;
                  });
    } else if (random.nextBoolean() && !wanted.equals(address)) {
      int unused =
          change
              .take(Accounts.email(wanted))
              .release(Accounts.email(address))
              .run(connection -> accounts.rename(connection, id, wanted));
    } else {
      int unused =
          change
              .release(Accounts.email(address))
              .run(connection -> accounts.delete(connection, id));
    }
  }

  /** What the account has now: who died does not know whether it got there. */
  private static String addressOf(Accounts accounts, long id) throws SQLException {
    List<String> found =
        accounts.shards.inShard(
            ShardKey.of(id),
            connection -> {
              List<String> emails = new ArrayList<>();
              try (var select =
                  connection.prepareStatement("select email from account where id = ?")) {
                select.setLong(1, id);
                try (var rows = select.executeQuery()) {
                  while (rows.next()) {
                    emails.add(rows.getString(1));
                  }
                }
              }
              return emails;
            });
    return found.isEmpty() ? null : found.get(0);
  }

  private void settle(Accounts accounts, String what, SweepReport swept) throws SQLException {
    assertThat(failures).isEmpty();
    accounts.accounts();
    SweepReport last = accounts.unique().sweep(Duration.ZERO);
    LOG.info(
        "{}: {} done, {} taken, {} killed, {} rolled back, swept {} and at the end {}",
        what,
        done.get(),
        taken.get(),
        killed.get(),
        unlucky.get(),
        swept,
        last);
    assertThat(killed.get()).isPositive();
    assertThat(done.get()).isGreaterThan(THREADS);
    accounts.assertSettled();
  }
}
