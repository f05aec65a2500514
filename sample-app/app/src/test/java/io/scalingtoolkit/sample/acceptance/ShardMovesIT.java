// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shard is added while users register, log in and write. */
final class ShardMovesIT {
  private static final int CLIENTS = 3;

  /** What the clients have been told is stored: items with the account that may read them. */
  private record Stored(Account owner, String path, String text) {}

  private final Queue<Stored> stored = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean over = new AtomicBoolean();

  @Test
  void addShards_underLoad_losesNothingAndRefusesNobody(@TempDir Path keys) throws Exception {
    try (PostgresCluster cluster = PostgresCluster.single()) {
      Map<String, String> three = TestDatabase.shards("postgres", cluster, "s1", "s2", "s3");
      three.put("APP_SECURITY_KEYSDIR", keys.toString());
      Map<String, String> two = new HashMap<>(three);
      two.keySet().removeIf(name -> name.startsWith("APP_DATABASE_SHARDS_2"));
      try (RunningApp before = RunningApp.on(two)) {
        for (int i = 0; i < 40; i++) {
          Account account = before.api().newAccount();
          keep(account, before.api().newItem(account, "{\"n\":" + i + "}"));
        }
      }
      try (RunningApp first = RunningApp.on(three);
          RunningApp second = RunningApp.on(three)) {
        assertThat(users(three, 2)).as("users at the new shard").isZero();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        List<Future<?>> ends = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          Api api = (i % 2 == 0 ? first : second).api();
          ends.add(clients.submit(() -> work(api)));
        }

        int exit = first.command("--add-shards");

        over.set(true);
        for (Future<?> end : ends) {
          end.get(60, TimeUnit.SECONDS);
        }
        clients.shutdown();
        assertThat(exit).as(Files.readString(first.commandOutput())).isZero();
        assertThat(Files.readString(first.commandOutput())).contains("\"done\":true");
        assertThat(failures).isEmpty();
        assertThat(users(three, 2)).as("users at the new shard").isPositive();
        checkAll(first.api(), second.api(), three);
      }
    }
  }

  private void checkAll(Api first, Api second, Map<String, String> databases) throws SQLException {
    long users = stored.stream().map(each -> each.owner().path()).distinct().count();
    assertThat(users(databases, 0) + users(databases, 1) + users(databases, 2))
        .isGreaterThanOrEqualTo(users);
    for (Stored each : stored) {
      assertThat(second.get(each.path()).as(each.owner()).send().expect(200).text())
          .isEqualTo(each.text());
    }
    Account someone = stored.element().owner();
    first
        .post(
            "/api/users", Api.registration(someone.email(), Api.unique("again"), Api.newPassword()))
        .send()
        .problem(409);
    second
        .post("/api/sessions/refresh", Json.object("refreshToken", someone.refreshToken()))
        .send()
        .expect(200);
  }

  private boolean work(Api api) {
    while (!over.get()) {
      try {
        Account account = api.newAccount();
        for (int i = 0; i < 5 && !over.get(); i++) {
          keep(account, api.newItem(account, "{\"n\":" + i + "}"));
        }
      } catch (AssertionError refused) {
        failures.add(String.valueOf(refused.getMessage()));
      }
    }
    return true;
  }

  private void keep(Account account, Answer item) {
    stored.add(new Stored(account, "/api/items/" + item.field("id"), item.text()));
  }

  private static long users(Map<String, String> databases, int shard) throws SQLException {
    String url = databases.get("APP_DATABASE_SHARDS_" + shard + "_PRIMARY_URL");
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM users")) {
      row.next();
      return row.getLong(1);
    }
  }
}
