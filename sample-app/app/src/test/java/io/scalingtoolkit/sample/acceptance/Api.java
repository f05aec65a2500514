// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** A customer of the HTTP API. Thread-safe. */
final class Api {
  private static final HttpClient CLIENT = newClient();
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String RUN =
      Long.toString(ThreadLocalRandom.current().nextLong(1L << 30, 1L << 31), 36);
  private static final AtomicInteger COUNTER = new AtomicInteger();

  /** Everything this run used that must not show in a log. */
  private static final Set<String> SECRETS = ConcurrentHashMap.newKeySet();

  private static final Map<String, Shared> ANY = new ConcurrentHashMap<>();

  /** Less than the ten minutes that an access token is good for. */
  private static final long SHARED_NANOS = Duration.ofMinutes(5).toNanos();

  private final String url;

  Api(String url) {
    this.url = url;
  }

  /** The server closes idle connections after a while; the client has to do it earlier. */
  private static HttpClient newClient() {
    System.setProperty("jdk.httpclient.keepalive.timeout", "5");
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(10))
        .followRedirects(HttpClient.Redirect.NEVER)
        .build();
  }

  static Set<String> secrets() {
    return Set.copyOf(SECRETS);
  }

  /** A word of lower case letters and digits that no other test uses. */
  static String unique(String prefix) {
    return prefix + RUN + Integer.toString(COUNTER.incrementAndGet(), 36);
  }

  static String newEmail() {
    return unique("mail") + "@example.com";
  }

  static String newPassword() {
    return unique("Correct-Horse ");
  }

  Call get(String path) {
    return new Call("GET", path);
  }

  Call post(String path, String json) {
    return new Call("POST", path).json(json);
  }

  Call put(String path, String json) {
    return new Call("PUT", path).json(json);
  }

  Call delete(String path) {
    return new Call("DELETE", path);
  }

  Call call(String method, String path) {
    return new Call(method, path);
  }

  /** Registers an account with names of its own and logs in. */
  Account newAccount() {
    return newAccount("/api");
  }

  Account newAccount(String prefix) {
    String email = newEmail();
    String username = unique("user");
    String password = newPassword();
    post(prefix + "/users", registration(email, username, password)).send().expect(201);
    return login(prefix, email, username, password);
  }

  /**
   * An account that many tests share, for those that neither change it nor look at its items; a new
   * one before the access token of the last one ends.
   */
  Account anyAccount() {
    return ANY.compute(
            url,
            (same, last) ->
                last == null || System.nanoTime() - last.madeNanos > SHARED_NANOS
                    ? new Shared(newAccount(), System.nanoTime())
                    : last)
        .account;
  }

  /** A shared account and when it was made; immutable. */
  private record Shared(Account account, long madeNanos) {}

  /** Logs in by e-mail address. */
  Account login(String prefix, String email, String username, String password) {
    SECRETS.add(email);
    SECRETS.add(password);
    Answer answer = post(prefix + "/sessions", credentials(email, password)).send().expect(201);
    return account(email, username, password, answer);
  }

  static Account account(String email, String username, String password, Answer tokens) {
    String access = tokens.field("accessToken");
    String refresh = tokens.field("refreshToken");
    SECRETS.add(access);
    SECRETS.add(refresh);
    return new Account(tokens.field("userId"), email, username, password, access, refresh);
  }

  static String registration(String email, String username, String password) {
    return Json.object("email", email, "username", username, "password", password);
  }

  static String credentials(String login, String password) {
    return Json.object("login", login, "password", password);
  }

  static String item(String data) {
    return Json.object("data", Json.raw(data));
  }

  /** Creates an item and returns the answer, which must be 201. */
  Answer newItem(Account owner, String data) {
    return post("/api/items", item(data)).as(owner).send().expect(201);
  }

  /** Who is logged in, with what. */
  record Account(
      String id,
      String email,
      String username,
      String password,
      String accessToken,
      String refreshToken) {
    String path() {
      return "/api/users/" + id;
    }

    String update() {
      return Json.object("email", email, "username", username);
    }
  }

  /** One request under construction. Confined. */
  final class Call {
    private final String method;
    private final HttpRequest.Builder builder;
    private HttpRequest.BodyPublisher body = BodyPublishers.noBody();

    private Call(String method, String path) {
      this.method = method;
      URI address = URI.create(path.startsWith("http") ? path : url + path);
      builder = HttpRequest.newBuilder(address).timeout(TIMEOUT);
    }

    Call as(Account account) {
      return token(account.accessToken());
    }

    Call token(String accessToken) {
      return header("Authorization", "Bearer " + accessToken);
    }

    Call header(String name, String value) {
      builder.header(name, value);
      return this;
    }

    Call json(String text) {
      return bytes(text.getBytes(StandardCharsets.UTF_8), "application/json");
    }

    Call bytes(byte[] content, String mediaType) {
      body = BodyPublishers.ofByteArray(content);
      if (!mediaType.isEmpty()) {
        header("Content-Type", mediaType);
      }
      return this;
    }

    /** As {@link #bytes}, but without telling the length beforehand. */
    Call chunked(byte[] content, String mediaType) {
      body = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(content));
      return header("Content-Type", mediaType);
    }

    Answer send() {
      try {
        return Answer.of(CLIENT.send(request(), BodyHandlers.ofByteArray()));
      } catch (IOException e) {
        throw new UncheckedIOException(method + " " + request().uri().getPath(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted during a request", e);
      }
    }

    CompletableFuture<Answer> sendAsync() {
      return CLIENT.sendAsync(request(), BodyHandlers.ofByteArray()).thenApply(Answer::of);
    }

    private HttpRequest request() {
      return builder.method(method, body).build();
    }
  }
}
