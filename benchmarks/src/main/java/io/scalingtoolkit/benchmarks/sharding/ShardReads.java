// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.benchmarks.OwnProcess;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.sql.DataSource;
import org.HdrHistogram.Histogram;

/**
 * What reading over shards costs one peer, in a process of its own; immutable.
 *
 * @param firstMillis from the first pool to the first row, with all that is loaded and read for it
 * @param pointMicros a row by its key, p50
 * @param pointCpuMicros processor time of the thread for that, mean
 * @param scatterMicros the first 100 rows of all shards in order, p50
 * @param heldBytes of heap in use beyond those before, when 99 of them have been read
 */
public record ShardReads(
    double firstMillis,
    double pointMicros,
    double pointCpuMicros,
    double scatterMicros,
    double heldBytes) {
  private static final int LIMIT = 100;
  private static final int WARM_UPS = 20_000;
  private static final int POINTS = 20_000;
  private static final int SCATTER_WARM_UPS = 1_000;
  private static final int SCATTERS = 1_000;
  private static final double NANOS_A_MICRO = 1_000;
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  static ShardReads measure(ShardPeer peer, List<String> urls, Path log) {
    List<String> arguments = new ArrayList<>(urls);
    arguments.add(0, peer.name());
    double[] figures = OwnProcess.figures(ShardReads.class, log, arguments.toArray(String[]::new));
    return new ShardReads(figures[0], figures[1], figures[2], figures[3], figures[4]);
  }

  /** Prints the figures of the peer that is named, over the databases whose addresses follow. */
  public static void main(String[] arguments) throws SQLException {
    OwnProcess.endAfter(TIMEOUT);
    ShardPeer peer = ShardPeer.valueOf(arguments[0]);
    long start = System.nanoTime();
    List<DataSource> databases = new ArrayList<>();
    for (int i = 2; i < arguments.length; i++) {
      databases.add(pool(arguments[i]));
    }
    ShardPeer.Shards shards = peer.open(pool(arguments[1]), databases);
    name(shards, 0);
    double first = (System.nanoTime() - start) / 1e6;
    SplittableRandom random = new SplittableRandom(1);
    points(shards, random, WARM_UPS, new Histogram(3));
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    Histogram points = new Histogram(3);
    long cpu = threads.getCurrentThreadCpuTime();
    points(shards, random, POINTS, points);
    double pointCpu = (threads.getCurrentThreadCpuTime() - cpu) / NANOS_A_MICRO / POINTS;
    scatters(shards, SCATTER_WARM_UPS, new Histogram(3));
    Histogram scatters = new Histogram(3);
    scatters(shards, SCATTERS, scatters);
    System.out.println(
        first
            + " "
            + points.getValueAtPercentile(50) / NANOS_A_MICRO
            + " "
            + pointCpu
            + " "
            + scatters.getValueAtPercentile(50) / NANOS_A_MICRO
            + " "
            + held(shards));
    System.exit(0); // threads of peers would keep it alive
  }

  private static DataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(4);
    config.setMinimumIdle(1);
    return new HikariDataSource(config);
  }

  private static void name(ShardPeer.Shards shards, long id) throws SQLException {
    String name = shards.name(id);
    if (!name.equals("account " + id)) {
      throw new IllegalStateException("account " + id + " is " + name);
    }
  }

  private static void points(
      ShardPeer.Shards shards, SplittableRandom random, int count, Histogram into)
      throws SQLException {
    for (int i = 0; i < count; i++) {
      long id = random.nextInt(ShardData.ACCOUNTS);
      long before = System.nanoTime();
      name(shards, id);
      into.recordValue(System.nanoTime() - before);
    }
  }

  private static void scatters(ShardPeer.Shards shards, int count, Histogram into)
      throws SQLException {
    for (int i = 0; i < count; i++) {
      long before = System.nanoTime();
      try (ShardPeer.Rows rows = shards.first(LIMIT)) {
        long last = -1;
        for (int row = 0; row < LIMIT; row++) {
          if (!rows.next() || rows.value() <= last) {
            throw new IllegalStateException("row " + row + " is missing or out of order");
          }
          last = rows.value();
        }
      }
      into.recordValue(System.nanoTime() - before);
    }
  }

  private static double held(ShardPeer.Shards shards) throws SQLException {
    double before = OwnProcess.usedBytes();
    try (ShardPeer.Rows rows = shards.first(LIMIT)) {
      for (int row = 0; row < LIMIT - 1; row++) {
        rows.next();
      }
      double held = OwnProcess.usedBytes() - before;
      if (!rows.next()) {
        throw new IllegalStateException("the last row is missing");
      }
      return held;
    }
  }
}
