// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.ShardedDataSourceBuilder;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A process of an application whose users buy, for {@link ShopProcess}. One line in is one order;
 * each line out begins with {@code shop}.
 */
final class ShopMain {
  private static final String CONTROL = "control";
  private static final int THREADS = 2;
  private static final int CUSTOMERS_EACH = 20;
  private static final Duration PAUSE = Duration.ofMillis(20);

  /** Of customers that were changed by a transaction that waited. */
  static final long LATE_VERSION = 77;

  private final BufferedReader input =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private final Map<String, HikariDataSource> pools = new LinkedHashMap<>();
  private SimpleMeterRegistry registry;
  private ShardedDataSource shards;
  private Buyers buyers;

  private ShopMain() {}

  /** Takes no arguments; ends with its input. */
  public static void main(String[] arguments) throws Exception {
    ShopMain main = new ShopMain();
    say("ready");
    String line = main.input.readLine();
    while (line != null) {
      main.obey(List.of(line.split(" ", -1)));
      line = main.input.readLine();
    }
    // Threads of pools or drivers are not waited for.
    Runtime.getRuntime().halt(0);
  }

  private static void say(String what) {
    System.out.println("shop " + what);
    System.out.flush();
  }

  private void obey(List<String> words) throws Exception {
    switch (words.get(0)) {
      case "open" -> open(Long.parseLong(words.get(1)), words.subList(2, words.size()));
      case "hold" -> buyers.hold();
      case "go" -> {
        buyers.letGo();
        return;
      }
      case "insert" -> transact(Long.parseLong(words.get(1)), true);
      case "update" -> transact(Long.parseLong(words.get(1)), false);
      case "writes" -> say("count " + buyers.writes());
      case "close" -> close(Path.of(words.get(1)));
      default -> throw new IllegalArgumentException(words.toString());
    }
    say("done");
  }

  /** Opens databases, and lets users buy whose numbers begin with the given one. */
  private void open(long first, List<String> databases) throws SQLException {
    for (String each : databases) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(each.substring(each.indexOf('=') + 1));
      config.setMaximumPoolSize(each.startsWith(CONTROL) ? 2 : THREADS + 1);
      config.setMinimumIdle(0);
      pools.put(each.substring(0, each.indexOf('=')), new HikariDataSource(config));
    }
    registry = new SimpleMeterRegistry();
    ShardedDataSourceBuilder builder =
        ShardedDataSource.builder(ShardMapStore.jdbc(pools.get(CONTROL)))
            .refreshInterval(Duration.ofMillis(200))
            .meterRegistry(registry);
    pools.forEach(
        (name, pool) -> {
          if (!name.equals(CONTROL)) {
            builder.shard(name, pool);
          }
        });
    shards = builder.build();
    buyers = new Buyers().pausing(PAUSE);
    buyers.users(shards, THREADS, first, CUSTOMERS_EACH, first);
  }

  /** A transaction that waits for the next order once: when it has written, or before it does. */
  private void transact(long id, boolean inserts) throws SQLException {
    boolean[] waited = {false};
    boolean unused =
        shards.inShard(
            Shop.key(id),
            connection -> {
              if (inserts) {
                Shop.insert(connection, Shop.slot(shards, id), id);
              }
              if (!waited[0]) {
                waited[0] = true;
                say("inside");
                say("told " + read());
              }
              if (!inserts && Shop.touch(connection, id, LATE_VERSION) != 1) {
                throw new SQLException("customer " + id + " is lost");
              }
              return true;
            });
    say("committed");
  }

  private String read() {
    try {
      return input.readLine();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void close(Path ledger) throws InterruptedException, IOException {
    List<Throwable> failures = buyers.stop();
    failures.forEach(Throwable::printStackTrace);
    double retries =
        registry.find("toolkit.sharding.retries").counters().stream()
            .mapToDouble(Counter::count)
            .sum();
    Ledger.of(buyers, (long) retries).save(ledger);
    shards.close();
    pools.values().forEach(HikariDataSource::close);
    pools.clear();
  }
}
