// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Two processes with caches in memory and in one Redis, over a primary and two replicas: what
 * {@code ./run --phase 2 --redis} starts, twice.
 */
final class CacheIT {
  private static final String BOOKMARK = "Toolkit-Bookmark";

  /** How long a change by another process may stay unseen. */
  private static final Duration BOUND = Duration.ofSeconds(3);

  private static PostgresCluster cluster;
  private static String database;
  private static RedisServer redis;
  private static RunningApp first;
  private static RunningApp second;

  @BeforeAll
  static void start(@TempDir Path keys) {
    cluster = PostgresCluster.builder().replicas(2).start();
    database = cluster.createDatabase();
    redis = RedisServer.start();
    Map<String, String> environment = new HashMap<>();
    environment.put("APP_DATABASE_KIND", "postgres");
    environment.put("APP_DATABASE_PRIMARY_URL", cluster.primary().jdbcUrl(database));
    for (int i = 0; i < 2; i++) {
      environment.put("APP_DATABASE_REPLICAS_" + i + "_URL", cluster.replica(i).jdbcUrl(database));
    }
    environment.put("APP_SECURITY_KEYSDIR", keys.toString());
    environment.put("TOOLKIT_CACHE_ENABLED", "true");
    environment.put("TOOLKIT_CACHE_DEFAULTS_TIER", "both");
    environment.put("TOOLKIT_CACHE_REDIS_URI", redis.uri());
    // What is tested here is not how fast a busy machine answers.
    environment.put("TOOLKIT_CACHE_REDIS_TIMEOUT", "2s");
    first = RunningApp.on(environment);
    second = RunningApp.on(environment);
  }

  @AfterAll
  static void stop() {
    first.close();
    second.close();
    redis.close();
    cluster.close();
  }

  private static Answer get(RunningApp app, String path, Account account) {
    return app.api().get(path).as(account).send();
  }

  private static Answer put(RunningApp app, String path, Account account, int number) {
    return app.api().put(path, Api.item("{\"n\":" + number + "}")).as(account).send().expect(200);
  }

  /** A log-in in another session than the registration may meet a replica that is behind. */
  private static Account newAccount() {
    String email = Api.newEmail();
    String username = Api.unique("user");
    String password = Api.newPassword();
    Api api = first.api();
    api.post("/api/users", Api.registration(email, username, password)).send().expect(201);
    cluster.awaitCaughtUp();
    Account account = api.login("/api", email, username, password);
    cluster.awaitCaughtUp();
    return account;
  }

  private static String path(Answer item) {
    return "/api/items/" + item.field("id");
  }

  /** One number of a cache, as the endpoint shows it. */
  private static long of(RunningApp app, String cache, String number) {
    JsonNode status = status(app, cache);
    assertThat(status.path("tier").asString()).isEqualTo("BOTH");
    assertThat(status.path("undecodable").asLong()).isZero();
    return status.path(number).asLong();
  }

  private static JsonNode status(RunningApp app, String cache) {
    return app.api().get("/actuator/tieredcaches/" + cache).send().json();
  }

  private static void awaitRedis() {
    for (RunningApp app : List.of(first, second)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> status(app, "items").path("connected").asBoolean());
    }
  }

  @Test
  void change_isSeenByItsAuthorAtOnce_andInTheOtherProcessWithinTheBound() {
    Account account = newAccount();
    String item = path(first.api().newItem(account, "{\"n\":0}"));
    for (int i = 1; i <= 20; i++) {
      get(first, item, account).expect(200);
      get(second, item, account).expect(200);
      Answer changed = put(first, item, account, i);

      assertThat(get(first, item, account).etag()).isEqualTo(changed.etag());
      Awaitility.await()
          .atMost(BOUND)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> get(second, item, account).etag().equals(changed.etag()));
    }
    get(second, account.path(), account).expect(200);
    Answer renamed =
        first
            .api()
            .put(
                account.path(),
                Json.object("email", account.email(), "username", Api.unique("other")))
            .as(account)
            .send()
            .expect(200);
    assertThat(get(first, account.path(), account).text()).isEqualTo(renamed.text());
    Awaitility.await()
        .atMost(BOUND)
        .until(() -> get(second, account.path(), account).text().equals(renamed.text()));
  }

  @Test
  void value_ofAnotherProcess_isTheSameAndNotReadAgain() {
    awaitRedis();
    Account account = newAccount();
    Answer created =
        first.api().newItem(account, "{\"a\":1.50e3,\"b\":[null,\"\u00e9\\n\"],\"c\":{}}");
    Answer item = get(first, path(created), account).expect(200);
    Answer profile = get(first, account.path(), account).expect(200);
    long items = of(second, "items", "loads");
    long profiles = of(second, "profiles", "loads");

    Answer sameItem = get(second, path(created), account).expect(200);
    Answer sameProfile = get(second, account.path(), account).expect(200);

    assertThat(sameItem.text()).isEqualTo(item.text()).isEqualTo(created.text());
    assertThat(sameItem.etag()).isEqualTo(item.etag());
    assertThat(sameProfile.text()).isEqualTo(profile.text());
    assertThat(sameProfile.etag()).isEqualTo(profile.etag());
    assertThat(of(second, "items", "loads")).isEqualTo(items);
    assertThat(of(second, "profiles", "loads")).isEqualTo(profiles);
    second
        .api()
        .get(path(created))
        .as(account)
        .header("If-None-Match", created.etag())
        .send()
        .expect(304);
  }

  @Test
  void load_afterAChange_isNewWhileReplicasLag_andNothingOlderIsReadAfterwards() {
    Account account = newAccount();
    String item = path(first.api().newItem(account, "{\"n\":0}"));
    get(second, item, account).expect(200);
    cluster.awaitCaughtUp();
    cluster.replicas().forEach(PostgresNode::pauseReplay);
    try {
      Answer changed = put(first, item, account, 1);

      Awaitility.await()
          .atMost(BOUND)
          .until(() -> get(second, item, account).etag().equals(changed.etag()));
      // The replicas do lag: another session, which has seen nothing, lists the old one.
      assertThat(get(second, "/api/items", account).text()).contains("{\"n\":0}");
      // Who was given the new one out of the cache does not.
      Answer seen = get(second, item, account).expect(200);
      assertThat(seen.header(BOOKMARK)).isNotEmpty();
      Answer list =
          second
              .api()
              .get("/api/items")
              .as(account)
              .header(BOOKMARK, seen.header(BOOKMARK))
              .send()
              .expect(200);
      assertThat(list.text()).contains("{\"n\":1}");
    } finally {
      cluster.replicas().forEach(PostgresNode::resumeReplay);
    }
  }

  @Test
  void conditionalWrite_isDecidedOnTheRow_notOnWhatIsCached() throws SQLException {
    Account account = newAccount();
    Answer created = first.api().newItem(account, "{\"n\":0}");
    String item = path(created);
    get(first, item, account).expect(200);
    get(first, account.path(), account).expect(200);
    behindTheBack("UPDATE items SET version = 2 WHERE id = ?", created.field("id"));
    behindTheBack("UPDATE users SET version = 2 WHERE id = ?", account.id());
    assertThat(get(first, item, account).etag()).as("the cache is old").isEqualTo("\"1\"");

    first
        .api()
        .put(item, Api.item("{}"))
        .as(account)
        .header("If-Match", "\"1\"")
        .send()
        .problem(412);
    first.api().delete(item).as(account).header("If-Match", "\"1\"").send().problem(412);
    first
        .api()
        .put(account.path(), account.update())
        .as(account)
        .header("If-Match", "\"1\"")
        .send()
        .problem(412);
    assertThat(get(first, item, account).etag())
        .as("refused, so nothing changed")
        .isEqualTo("\"1\"");
    Answer written =
        first
            .api()
            .put(item, Api.item("{}"))
            .as(account)
            .header("If-Match", "\"2\"")
            .send()
            .expect(200);
    assertThat(written.etag()).isEqualTo("\"3\"");
    assertThat(get(first, item, account).etag()).isEqualTo("\"3\"");
  }

  private static void behindTheBack(String update, String id) throws SQLException {
    try (Connection connection = cluster.primary().dataSource(database).getConnection();
        PreparedStatement statement = connection.prepareStatement(update)) {
      statement.setString(1, id);
      assertThat(statement.executeUpdate()).isEqualTo(1);
    }
  }

  @Test
  void deleted_isGoneAtOnceHereAndSoonThere_andAnotherUserNeverSawIt() {
    Account account = newAccount();
    Account stranger = newAccount();
    String item = path(first.api().newItem(account, "{}"));
    get(first, item, account).expect(200);
    get(second, item, account).expect(200);
    get(second, item, stranger).problem(404);
    get(second, account.path(), stranger).problem(404);

    first.api().delete(item).as(account).send().expect(204);

    get(first, item, account).problem(404);
    Awaitility.await().atMost(BOUND).until(() -> get(second, item, account).status() == 404);
  }

  @Test
  void sessionOrAccount_ended_isRefusedAtOnceThoughRowsAreCached() {
    Account account = newAccount();
    String item = path(first.api().newItem(account, "{}"));
    Account again =
        first.api().login("/api", account.email(), account.username(), account.password());
    cluster.awaitCaughtUp();
    for (RunningApp app : List.of(first, second)) {
      get(app, item, account).expect(200);
      get(app, item, again).expect(200);
      get(app, account.path(), account).expect(200);
    }

    Answer ended = first.api().delete("/api/sessions/current").as(account).send().expect(204);
    get(first, item, account).problem(401);
    // A replica may not have heard of it; who ended it takes the bookmark along.
    second.api().get(item).as(account).header(BOOKMARK, ended.header(BOOKMARK)).send().problem(401);

    Answer deleted = first.api().delete(account.path()).as(again).send().expect(204);
    get(first, item, again).problem(401);
    second
        .api()
        .get(account.path())
        .as(again)
        .header(BOOKMARK, deleted.header(BOOKMARK))
        .send()
        .problem(401);
  }

  @Test
  void picture_ofACallerWithABookmark_takesNoneAlong() {
    Account account = newAccount();
    Answer uploaded =
        first
            .api()
            .call("PUT", account.path() + "/avatar")
            .bytes(Pictures.png(), "image/png")
            .as(account)
            .send()
            .expect(200);
    String bookmark = uploaded.header(BOOKMARK);
    assertThat(bookmark).isNotEmpty();
    Answer read = get(first, account.path(), account).expect(200);

    Answer picture =
        first
            .api()
            .get(read.json().path("profile").path("avatarUrl").asString())
            .header(BOOKMARK, bookmark)
            .header("Cookie", BOOKMARK + "=" + bookmark)
            .send()
            .expect(200);

    assertThat(picture.header("Cache-Control")).startsWith("public");
    assertThat(picture.header(BOOKMARK)).isEmpty();
    assertThat(picture.header("Set-Cookie")).isEmpty();
  }

  @Test
  void primary_away_rowsCanBeReadWhetherCachedOrNot() {
    Account account = newAccount();
    String kept = path(first.api().newItem(account, "{\"n\":1}"));
    String other = path(first.api().newItem(account, "{\"n\":2}"));
    get(first, kept, account).expect(200);
    cluster.awaitCaughtUp();
    cluster.primary().kill();
    try {
      get(first, kept, account).expect(200);
      get(first, other, account).expect(200);
    } finally {
      cluster.primary().restart();
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> first.api().put(other, Api.item("{\"n\":3}")).as(account).send().status() == 200);
    assertThat(get(first, other, account).text()).contains("{\"n\":3}");
  }

  @Test
  void redis_away_costsNoRequestAndNoFreshness() {
    Account account = newAccount();
    String item = path(first.api().newItem(account, "{\"n\":0}"));
    get(first, item, account).expect(200);
    redis.kill();
    try {
      for (int i = 1; i <= 20; i++) {
        Answer changed = put(first, item, account, i);
        assertThat(get(first, item, account).etag()).isEqualTo(changed.etag());
      }
    } finally {
      redis.restart();
    }
  }
}
