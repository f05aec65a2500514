// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.sharding.ShardedDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import javax.sql.DataSource;

/**
 * Threads that write while slots move, each its own customers, and a ledger of what was
 * acknowledged. Some go through the library; some write to a shard by a map that they never read
 * again unless they are refused.
 */
final class Buyers implements AutoCloseable {
  /** A buyer cancels one for each new one from here on, so that long tests stay the same. */
  private static final int MOST_PURCHASES = 200;

  private static final int PAUSE_NANOS = 2_000_000;
  private static final int BETWEEN_ATTEMPTS_NANOS = 100_000;
  private static final long PATIENCE_NANOS = 60_000_000_000L;
  private static final String LOST = " is lost";

  private final List<Thread> threads = new ArrayList<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final Map<String, String> customers = new TreeMap<>();
  private final Map<String, String> purchases = new TreeMap<>();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong refusals = new AtomicLong();
  private final AtomicLong slowestNanos = new AtomicLong();
  private final List<Ledger.Written> written = new ArrayList<>();
  private final AtomicInteger resting = new AtomicInteger();
  private volatile int pauseNanos = PAUSE_NANOS;
  private volatile boolean held;
  private volatile boolean stopped;

  /** What one thread does to the shard of a customer. */
  private interface Place {
    void write(long id, int slot, Write write) throws SQLException;
  }

  /** A change in one transaction. */
  private interface Write {
    void to(Connection connection) throws SQLException;
  }

  /** Sets the longest pause between two writes of a thread. */
  Buyers pausing(Duration longest) {
    pauseNanos = (int) longest.toNanos();
    return this;
  }

  /** Starts threads that write through the library. */
  void users(ShardedDataSource shards, int count, long firstId, int customersEach, long seed) {
    Place place =
        (id, slot, write) ->
            shards.inShard(
                Shop.key(id),
                connection -> {
                  write.to(connection);
                  return null;
                });
    start(place, shards.map()::slotOf, count, firstId, customersEach, seed);
  }

  /** Starts a thread that bypasses the library, and looks for the shard only when refused. */
  void foreigner(
      Map<String, ? extends DataSource> databases,
      Function<Long, Integer> slotOf,
      long firstId,
      int customersEach,
      long seed) {
    List<DataSource> all = List.copyOf(databases.values());
    int[] at = {0};
    Place place =
        (id, slot, write) -> {
          long start = System.nanoTime();
          while (true) {
            DataSource database = all.get((at[0] + slot) % all.size());
            try (Connection connection = database.getConnection()) {
              connection.setAutoCommit(false);
              try {
                write.to(connection);
                connection.commit();
                return;
              } catch (SQLException e) {
                connection.rollback();
                // No row, no trigger: an update of nothing is how a foreign writer learns that.
                boolean elsewhere =
                    String.valueOf(e.getMessage()).endsWith(LOST)
                        && System.nanoTime() - start < PATIENCE_NANOS;
                if (!SlotGuard.isRefusal(e) && !elsewhere) {
                  throw e;
                }
                refusals.incrementAndGet();
              } finally {
                connection.setAutoCommit(true);
              }
            }
            at[0]++;
            LockSupport.parkNanos(BETWEEN_ATTEMPTS_NANOS);
          }
        };
    start(place, slotOf, 1, firstId, customersEach, seed);
  }

  private void start(
      Place place,
      Function<Long, Integer> slotOf,
      int count,
      long firstId,
      int customersEach,
      long seed) {
    for (int i = 0; i < count; i++) {
      long first = firstId + (long) i * customersEach;
      Random random = new Random(seed + i);
      Thread thread =
          new Thread(() -> run(place, slotOf, first, customersEach, random), "buyer-" + first);
      threads.add(thread);
      thread.start();
    }
  }

  private void run(
      Place place, Function<Long, Integer> slotOf, long first, int count, Random random) {
    Map<String, String> mine = new TreeMap<>();
    Map<String, String> bought = new TreeMap<>();
    Set<Long> known = new TreeSet<>();
    List<Ledger.Written> times = new ArrayList<>();
    long number = 1;
    try {
      while (!stopped) {
        rest();
        long id = first + random.nextInt(count);
        int slot = slotOf.apply(id);
        long start = System.nanoTime();
        if (known.add(id)) {
          place.write(id, slot, connection -> Shop.insert(connection, slot, id));
          mine.put("" + id, id + "|" + slot + "|customer " + id + "|0");
        } else if (bought.size() > MOST_PURCHASES
            || (random.nextInt(4) == 0 && !bought.isEmpty())) {
          String key = new ArrayList<>(bought.keySet()).get(random.nextInt(bought.size()));
          long owner = Long.parseLong(key.substring(0, key.indexOf('/')));
          long gone = Long.parseLong(key.substring(key.indexOf('/') + 1));
          place.write(
              owner,
              slotOf.apply(owner),
              connection -> {
                if (Shop.cancel(connection, owner, gone) != 1) {
                  throw new SQLException("purchase " + key + LOST);
                }
              });
          bought.remove(key);
        } else {
          long next = number++;
          place.write(
              id,
              slot,
              connection -> {
                if (Shop.touch(connection, id, next) != 1) {
                  throw new SQLException("customer " + id + LOST);
                }
                Shop.buy(connection, slot, id, next);
              });
          mine.put("" + id, id + "|" + slot + "|customer " + id + "|" + next);
          bought.put(id + "/" + next, id + "|" + next + "|" + slot + "|" + next * 7);
        }
        long took = System.nanoTime() - start;
        times.add(new Ledger.Written(start, slot, took));
        slowestNanos.accumulateAndGet(took, Math::max);
        writes.incrementAndGet();
        LockSupport.parkNanos(random.nextInt(pauseNanos));
      }
    } catch (SQLException | RuntimeException e) {
      failures.add(e);
    }
    synchronized (this) {
      customers.putAll(mine);
      purchases.putAll(bought);
      written.addAll(times);
    }
  }

  /** Between two writes, while the buyers are held. */
  private void rest() {
    if (held) {
      resting.incrementAndGet();
      while (held && !stopped) {
        LockSupport.parkNanos(PAUSE_NANOS / 10);
      }
      resting.decrementAndGet();
    }
  }

  /** Lets all end what they are at, and then wait until they are let go. */
  void hold() {
    held = true;
    await().until(() -> resting.get() + failures.size() >= threads.size());
  }

  /** Lets them go on. */
  void letGo() {
    held = false;
  }

  /** Ends all threads; returns what each failed with. */
  List<Throwable> stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    return List.copyOf(failures);
  }

  /** Customers that were acknowledged, as {@link Shop#rows} shows them. */
  synchronized Map<String, String> customers() {
    return new TreeMap<>(customers);
  }

  /** Purchases that were acknowledged and not cancelled. */
  synchronized Map<String, String> purchases() {
    return new TreeMap<>(purchases);
  }

  /** When writes were made and how long they took; once all have stopped. */
  synchronized List<Ledger.Written> written() {
    return List.copyOf(written);
  }

  /** What threads have failed with so far. */
  List<Throwable> failures() {
    return List.copyOf(failures);
  }

  long writes() {
    return writes.get();
  }

  long refusals() {
    return refusals.get();
  }

  long slowestMillis() {
    return slowestNanos.get() / 1_000_000;
  }

  @Override
  public void close() {
    stopped = true;
    threads.forEach(Thread::interrupt);
  }
}
