// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The sample application as the target of a load: some users, each logged in once, and their items.
 * Thread-safe once seeded.
 */
final class SampleApi implements Target {
  /** Carries what a session has seen from each answer to its next request. */
  static final String BOOKMARK = "Toolkit-Bookmark";

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final String PASSWORD = "a benchmark secret 31";
  private static final int MOST_RETRIES = 50;
  private static final JsonMapper JSON = new JsonMapper();

  private final String url;
  private final String run;
  private final Duration patience;
  private final HttpClient client;
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

  /**
   * @param patience after which a request is given up
   */
  SampleApi(String url, String run, Duration patience) {
    this.url = url;
    this.run = run;
    this.patience = patience;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(patience)
            .build();
  }

  /** Registers and logs in the users and creates their items, dealt out in turn. */
  void seed(int userCount, int itemCount) throws InterruptedException {
    for (int i = 0; i < userCount; i++) {
      String name = "bench-" + run + "-" + i;
      String email = name + "@example.com";
      String registration =
          "{\"email\":\"%s\",\"username\":\"%s\",\"password\":\"%s\"}"
              .formatted(email, name, PASSWORD);
      expect(201, request("/api/users").POST(BodyPublishers.ofString(registration)));
      JsonNode tokens =
          expect(201, request("/api/sessions").POST(BodyPublishers.ofString(login(email))));
      users.add(
          new User(tokens.path("userId").asString(), email, tokens.path("accessToken").asString()));
      renewals.add(new Renewal(tokens.path("refreshToken").asString()));
    }
    for (int i = 0; i < itemCount; i++) {
      User owner = users.get(i % userCount);
      JsonNode item = expect(201, as(owner, "/api/items").POST(BodyPublishers.ofString(data(i))));
      items.add(new Item(item.path("id").asString(), owner));
    }
  }

  @Override
  public CompletableFuture<Boolean> call(Arrival arrival) {
    int expected = expected(arrival.kind());
    return send(arrival).thenApply(answer -> answer.statusCode() == expected);
  }

  /** Starts one request. */
  CompletableFuture<HttpResponse<byte[]>> send(Arrival arrival) {
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
    CompletableFuture<HttpResponse<byte[]>> send() {
      String body = "{\"refreshToken\":\"%s\"}".formatted(token);
      return SampleApi.this
          .send(request("/api/sessions/refresh").POST(BodyPublishers.ofString(body)))
          .whenComplete(
              (answer, problem) -> {
                if (answer != null && answer.statusCode() == 200) {
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
  HttpRequest.Builder request(Kind kind, Item item, int number) {
    User user = item.owner();
    return switch (kind) {
      case READ_ITEM -> as(user, "/api/items/" + item.id()).GET();
      case LIST_ITEMS -> as(user, "/api/items").GET();
      case READ_USER -> as(user, "/api/users/" + user.id()).GET();
      case CREATE_ITEM -> as(user, "/api/items").POST(BodyPublishers.ofString(data(number)));
      case REPLACE_ITEM ->
          as(user, "/api/items/" + item.id()).PUT(BodyPublishers.ofString(data(number)));
      case LOG_IN -> request("/api/sessions").POST(BodyPublishers.ofString(login(user.email())));
      case LIVENESS -> request("/actuator/health/liveness").GET();
    };
  }

  /** The status of a right answer. */
  static int expected(Kind kind) {
    return kind == Kind.CREATE_ITEM || kind == Kind.LOG_IN ? 201 : 200;
  }

  CompletableFuture<HttpResponse<byte[]>> send(HttpRequest.Builder request) {
    return client.sendAsync(request.build(), BodyHandlers.ofByteArray());
  }

  /** What the application tells about its data source. */
  JsonNode replicationStatus() throws InterruptedException {
    return expect(200, request("/actuator/replication").GET());
  }

  /** The seeding waits where the server asks it to; registrations are dear on purpose. */
  private JsonNode expect(int status, HttpRequest.Builder request) throws InterruptedException {
    try {
      if (!bookmark.isEmpty()) {
        request.header(BOOKMARK, bookmark);
      }
      HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
      for (int retry = 0; answer.statusCode() == 503 && retry < MOST_RETRIES; retry++) {
        TimeUnit.MILLISECONDS.sleep(100);
        answer = client.send(request.build(), BodyHandlers.ofString());
      }
      bookmark = answer.headers().firstValue(BOOKMARK).orElse(bookmark);
      if (answer.statusCode() != status) {
        throw new BenchmarkException(
            "seeding failed: %s answered %d instead of %d"
                .formatted(answer.request().uri().getPath(), answer.statusCode(), status));
      }
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new BenchmarkException("seeding failed: " + url + " does not answer: " + e, e);
    }
  }

  private HttpRequest.Builder as(User user, String path) {
    return request(path).header("Authorization", "Bearer " + user.token());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url + path))
        .timeout(patience)
        .header("Content-Type", "application/json");
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
