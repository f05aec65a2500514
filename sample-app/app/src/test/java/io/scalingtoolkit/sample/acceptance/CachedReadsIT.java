// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the database is spared, as it counts itself. */
final class CachedReadsIT {
  private static final int USERS = 5;
  private static final int ITEMS = 50;
  private static final int REQUESTS = 500;
  private static final double EXPONENT = 0.99;

  private record Owned(Account owner, String path) {}

  /** What was done to the tables since they were made: users and items, and reads of sessions. */
  private record Counts(long scans, long updates, long sessions) {
    /** Every change of an item reads the row and finds it once more to change it. */
    long readsSince(Counts before) {
      return scans - before.scans - 2 * (updates - before.updates);
    }
  }

  @Test
  void zipfMix_withTheCache_readsAFifthOfTheRowsAtMost(@TempDir Path keys) throws SQLException {
    try (PostgresCluster cluster = PostgresCluster.single()) {
      String database = cluster.createDatabase();
      Map<String, String> plain = new HashMap<>();
      plain.put("APP_DATABASE_KIND", "postgres");
      plain.put("APP_DATABASE_URL", cluster.primary().jdbcUrl(database));
      plain.put("APP_SECURITY_KEYSDIR", keys.toString());
      List<Owned> items = new ArrayList<>();
      try (RunningApp app = RunningApp.on(plain)) {
        for (int user = 0; user < USERS; user++) {
          Account owner = app.api().newAccount();
          for (int i = 0; i < ITEMS / USERS; i++) {
            Answer item = app.api().newItem(owner, "{\"n\":0}");
            items.add(new Owned(owner, "/api/items/" + item.field("id")));
          }
        }
      }
      Counts before = counts(cluster, database);

      int reads = run(plain, items);
      Counts without = counts(cluster, database);
      Map<String, String> cached = new HashMap<>(plain);
      cached.put("TOOLKIT_CACHE_ENABLED", "true");
      run(cached, items);
      Counts with = counts(cluster, database);
      cached.put("APP_SECURITY_SESSIONCACHE", "true");
      run(cached, items);
      Counts alone = counts(cluster, database);

      assertThat(without.readsSince(before)).as("the count is right").isEqualTo(reads);
      long left = with.readsSince(without);
      assertThat(left).as("of %d", reads).isPositive().isLessThanOrEqualTo(reads / 5);
      assertThat(with.sessions() - without.sessions()).isGreaterThanOrEqualTo(REQUESTS);
      assertThat(alone.sessions() - with.sessions()).isPositive().isLessThan(REQUESTS / 5);
    }
  }

  /** The same requests each time: 19 of 20 read, an item or now and then its owner's profile. */
  private static int run(Map<String, String> environment, List<Owned> items) {
    double[] weights = new double[items.size()];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += 1 / Math.pow(i + 1, EXPONENT);
      weights[i] = sum;
    }
    Random random = new Random(1);
    int reads = 0;
    try (RunningApp app = RunningApp.on(environment)) {
      for (int i = 0; i < REQUESTS; i++) {
        double point = random.nextDouble() * sum;
        int at = 0;
        while (weights[at] < point) {
          at++;
        }
        Owned item = items.get(at);
        int kind = random.nextInt(20);
        if (kind == 0) {
          app.api().put(item.path(), Api.item("{\"n\":" + i + "}")).as(item.owner()).send();
        } else {
          String path = kind <= 3 ? item.owner().path() : item.path();
          app.api().get(path).as(item.owner()).send().expect(200);
          reads++;
        }
      }
    }
    return reads;
  }

  /** A server process tells what it has done at its end at the latest. */
  private static Counts counts(PostgresCluster cluster, String database) throws SQLException {
    try (Connection connection = cluster.primary().dataSource(database).getConnection();
        Statement statement = connection.createStatement()) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  number(
                          statement,
                          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                              + " AND pid <> pg_backend_pid()")
                      == 0);
      String from = " FROM pg_stat_user_tables WHERE relname IN ('users', 'items')";
      return new Counts(
          number(statement, "SELECT sum(seq_scan + coalesce(idx_scan, 0))" + from),
          number(statement, "SELECT sum(n_tup_upd)" + from),
          number(
              statement,
              "SELECT sum(seq_scan + coalesce(idx_scan, 0)) FROM pg_stat_user_tables"
                  + " WHERE relname = 'sessions'"));
    }
  }

  private static long number(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }
}
