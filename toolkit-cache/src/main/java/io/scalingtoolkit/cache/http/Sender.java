// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import io.scalingtoolkit.core.time.WallClock;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Sends requests and makes of all that can go wrong a {@link PurgeException}; thread-safe. */
final class Sender {
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERROR = 500;
  private static final int LONGEST_NUMBER = 9;

  private final HttpClient client;
  private final WallClock wall;

  Sender(HttpClient client, WallClock wall) {
    this.client = client;
    this.wall = wall;
  }

  static HttpClient newClient() {
    // Purges are few: nothing is won by HTTP/2, and asking plain caches for it may confuse them.
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(Duration.ofSeconds(2))
        .build();
  }

  CompletionStage<Void> send(HttpRequest request, Predicate<HttpResponse<?>> isDone) {
    String what = request.method() + " to " + request.uri().getAuthority();
    return client
        .sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .handle(
            (response, problem) -> {
              if (problem != null) {
                throw new PurgeException(
                    PurgeException.Reason.UNAVAILABLE, what + " got no answer", unwrap(problem));
              }
              if (!isDone.test(response)) {
                throw refusal(what, response);
              }
              return null;
            });
  }

  private PurgeException refusal(String what, HttpResponse<?> response) {
    int status = response.statusCode();
    boolean passing =
        status == REQUEST_TIMEOUT || status == TOO_MANY_REQUESTS || status >= SERVER_ERROR;
    return new PurgeException(
        passing ? PurgeException.Reason.UNAVAILABLE : PurgeException.Reason.REFUSED,
        what + " was answered with " + status + " as no cache that purged would",
        null,
        response.headers().firstValue("Retry-After").map(this::retryAfter).orElse(Duration.ZERO));
  }

  /** Reads seconds or a date; zero for what is neither. */
  private Duration retryAfter(String value) {
    String text = value.strip();
    if (!text.isEmpty() && text.chars().allMatch(each -> each >= '0' && each <= '9')) {
      return Duration.ofSeconds(
          text.length() > LONGEST_NUMBER ? Integer.MAX_VALUE : Long.parseLong(text));
    }
    try {
      Instant date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration until = Duration.between(wall.now(), date);
      return until.isNegative() ? Duration.ZERO : until;
    } catch (DateTimeException e) {
      return Duration.ZERO;
    }
  }

  /** Returns the problem itself, without what futures wrap it in. */
  static Throwable unwrap(Throwable problem) {
    Throwable cause = problem;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Runs steps one after the other, until one fails. */
  static CompletionStage<Void> inTurn(Iterable<? extends Supplier<CompletionStage<Void>>> steps) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (Supplier<CompletionStage<Void>> step : steps) {
      done = done.thenCompose(before -> step.get());
    }
    return done;
  }
}
