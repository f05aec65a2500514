// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.HttpDriver.Answer;
import io.scalingtoolkit.benchmarks.HttpDriver.Request;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The sample application as the target of a load: some users, each logged in once, and their items.
 * Thread-safe once seeded.
 */
final class SampleApi implements Target, AutoCloseable {
  /** Carries what a session has seen from each answer to its next request. */
  static final String BOOKMARK = "Toolkit-Bookmark";

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final String PASSWORD = "a benchmark secret 31";
  private static final int MOST_RETRIES = 50;
  private static final JsonMapper JSON = new JsonMapper();

  private final String url;
  private final String run;
  private final HttpDriver driver;
  private final List<User> users = new ArrayList<>();
  private final List<Item> items = new ArrayList<>();
  private final List<Renewal> renewals = new ArrayList<>();

  /** Of the last answer to the seeding, which is one session: a log-in must find its user. */
  private String bookmark = "";

  /**
   * @param url address without a trailing slash
   * @param run word that makes the names of the users new to the server
   */
  SampleApi(String url, String run) {
    this(url, run, TIMEOUT);
  }

  private SampleApi(String url, String run, Duration patience) {
    this.url = url;
    this.run = run;
    this.driver = new HttpDriver(URI.create(url), patience);
  }

  /** A target whose users are new to the server. */
  static SampleApi ofNewUsers(String url) {
    return ofNewUsers(url, TIMEOUT);
  }

  /**
   * As {@link #ofNewUsers(String)}.
   *
   * @param patience after which a request of a load is given up
   */
  static SampleApi ofNewUsers(String url, Duration patience) {
    return new SampleApi(url, Long.toString(Instant.now().toEpochMilli(), 36), patience);
  }

  @Override
  public void close() {
    driver.close();
  }

  /** Registers and logs in the users and creates their items, dealt out in turn. */
  void seed(int userCount, int itemCount) throws InterruptedException {
    for (int i = 0; i < userCount; i++) {
      String name = "bench-" + run + "-" + i;
      String email = name + "@example.com";
      String registration =
          "{\"email\":\"%s\",\"username\":\"%s\",\"password\":\"%s\"}"
              .formatted(email, name, PASSWORD);
      expect(201, request("POST", "/api/users", registration));
      JsonNode tokens = expect(201, request("POST", "/api/sessions", login(email)));
      users.add(
          new User(tokens.path("userId").asString(), email, tokens.path("accessToken").asString()));
      renewals.add(new Renewal(tokens.path("refreshToken").asString()));
    }
    for (int i = 0; i < itemCount; i++) {
      User owner = users.get(i % userCount);
      JsonNode item = expect(201, as(owner, "POST", "/api/items", data(i)));
      items.add(new Item(item.path("id").asString(), owner));
    }
  }

  @Override
  public CompletableFuture<Boolean> call(Arrival arrival) {
    int expected = expected(arrival.kind());
    return send(arrival).thenApply(answer -> answer.status() == expected);
  }

  /** Starts one request. */
  CompletableFuture<Answer> send(Arrival arrival) {
    return send(request(arrival.kind(), item(arrival.key()), arrival.key()));
  }

  /** The sessions of the users, one each. */
  List<Renewal> renewals() {
    return List.copyOf(renewals);
  }

  /** The session of a user, which is renewed with a token that each renewal replaces. Confined. */
  final class Renewal {
    private volatile String token;

    private Renewal(String token) {
      this.token = token;
    }

    /** Renews it; not to be called again before that has ended. */
    CompletableFuture<Answer> send() {
      String body = "{\"refreshToken\":\"%s\"}".formatted(token);
      return SampleApi.this
          .send(request("POST", "/api/sessions/refresh", body))
          .whenComplete(
              (answer, problem) -> {
                if (answer != null && answer.status() == 200) {
                  token = JSON.readTree(answer.body()).path("refreshToken").asString();
                }
              });
    }
  }

  /** The item that a key stands for. */
  Item item(int key) {
    return items.get(key % items.size());
  }

  /**
   * A request of the item's owner.
   *
   * @param item what is read or replaced
   * @param number goes into the data that is written
   */
  Request request(Kind kind, Item item, int number) {
    User user = item.owner();
    return switch (kind) {
      case READ_ITEM -> as(user, "GET", "/api/items/" + item.id(), "");
      case LIST_ITEMS -> as(user, "GET", "/api/items", "");
      case READ_USER -> as(user, "GET", "/api/users/" + user.id(), "");
      case CREATE_ITEM -> as(user, "POST", "/api/items", data(number));
      case REPLACE_ITEM -> as(user, "PUT", "/api/items/" + item.id(), data(number));
      case LOG_IN -> request("POST", "/api/sessions", login(user.email()));
      case LIVENESS -> request("GET", "/actuator/health/liveness", "");
    };
  }

  /** The status of a right answer. */
  static int expected(Kind kind) {
    return kind == Kind.CREATE_ITEM || kind == Kind.LOG_IN ? 201 : 200;
  }

  CompletableFuture<Answer> send(Request request) {
    return driver.send(request);
  }

  /** What the application tells about its data source. */
  JsonNode replicationStatus() throws InterruptedException {
    return expect(200, request("GET", "/actuator/replication", ""));
  }

  /** The seeding waits where the server asks it to; registrations are dear on purpose. */
  private JsonNode expect(int status, Request request) throws InterruptedException {
    try {
      Request asked = bookmark.isEmpty() ? request : request.with(BOOKMARK, bookmark);
      Answer answer = driver.send(asked, TIMEOUT).get();
      for (int retry = 0; answer.status() == 503 && retry < MOST_RETRIES; retry++) {
        TimeUnit.MILLISECONDS.sleep(100);
        answer = driver.send(asked, TIMEOUT).get();
      }
      bookmark = answer.header(BOOKMARK, bookmark);
      if (answer.status() != status) {
        throw new BenchmarkException(
            "seeding failed: %s answered %d instead of %d"
                .formatted(request.path(), answer.status(), status));
      }
      return JSON.readTree(answer.body());
    } catch (ExecutionException e) {
      throw new BenchmarkException("seeding failed: " + url + " does not answer: " + e, e);
    }
  }

  private static Request as(User user, String method, String path, String body) {
    return request(method, path, body).with("Authorization", "Bearer " + user.token());
  }

  private static Request request(String method, String path, String body) {
    return new Request(method, path, Map.of("Content-Type", "application/json"), body);
  }

  private static String login(String email) {
    return "{\"login\":\"%s\",\"password\":\"%s\"}".formatted(email, PASSWORD);
  }

  /** About 500 bytes. */
  private static String data(int number) {
    return "{\"data\":{\"title\":\"Note %d\",\"done\":false,\"tags\":[\"a\",\"b\"],\"text\":\"%s\"}}"
        .formatted(number, "Some words about it. ".repeat(20));
  }

  /** Who has logged in. */
  record User(String id, String email, String token) {}

  /** What a user owns. */
  record Item(String id, User owner) {}
}
