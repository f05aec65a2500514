// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import io.scalingtoolkit.core.time.WallClock;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Purges one nginx or Varnish of one's own that is configured as the guide shows; thread-safe.
 *
 * <p>A URL is purged by {@code PURGE} with its path and query, and its host and port in the header
 * {@code Purge-Host}. Tags are purged by {@code BAN} with a pattern in the header {@code
 * Purge-Tags}. The cache answers with {@code Purge-Result}. An answer without it comes from
 * somebody else, such as the application behind a cache that does not know of purges, and counts as
 * a failure.
 */
public final class EdgePurger implements Purger {
  private static final int MOST_PATTERN_CHARS = 4_000;
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int PRECONDITION_FAILED = 412;
  private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(1);

  private final URI node;
  private final boolean knowsTags;
  private final Duration timeout;
  private final Sender sender;

  private EdgePurger(URI node, boolean knowsTags, Duration timeout) {
    boolean isPlain =
        Objects.requireNonNull(node, "node").getRawQuery() == null
            && (node.getRawPath() == null || node.getRawPath().length() <= 1);
    if (node.getHost() == null || !isPlain) {
      throw new IllegalArgumentException(
          "node must be a URL with a host and without path and query, was " + node);
    }
    this.node = node;
    this.knowsTags = knowsTags;
    this.timeout = timeout;
    this.sender = new Sender(Sender.newClient(), WallClock.system());
  }

  /**
   * Returns a purger of an nginx with the module {@code cache_purge}. It knows no tags: a purge
   * with tags is refused.
   *
   * @param node where it listens, for example {@code http://10.0.0.5:80}
   * @throws IllegalArgumentException if that is not an address
   */
  public static EdgePurger nginx(URI node) {
    return new EdgePurger(node, false, Duration.ofSeconds(2));
  }

  /**
   * Returns a purger of a Varnish.
   *
   * @param node where it listens, for example {@code http://10.0.0.5:6081}
   * @throws IllegalArgumentException if that is not an address
   */
  public static EdgePurger varnish(URI node) {
    return new EdgePurger(node, true, Duration.ofSeconds(2));
  }

  /**
   * Returns one that waits otherwise for an answer.
   *
   * @param time 1 ms to 1 minute, 2 seconds by default
   */
  public EdgePurger withTimeout(Duration time) {
    return new EdgePurger(node, knowsTags, checkedTimeout(time));
  }

  static Duration checkedTimeout(Duration time) {
    if (time.toMillis() < 1 || time.compareTo(LONGEST_TIMEOUT) > 0) {
      throw new IllegalArgumentException(
          "timeout must be 1 ms to %s, was %s".formatted(LONGEST_TIMEOUT, time));
    }
    return time;
  }

  @Override
  public CompletionStage<Void> purge(Purge purge) {
    if (!purge.tags().isEmpty() && !knowsTags) {
      return CompletableFuture.failedFuture(
          new PurgeException(
              PurgeException.Reason.REFUSED,
              "nginx cannot purge by tags, purge URLs: " + purge.tags(),
              null));
    }
    List<Supplier<CompletionStage<Void>>> steps = new ArrayList<>();
    for (String pattern : patterns(purge.tags())) {
      HttpRequest ban = to("/").method("BAN", none()).header("Purge-Tags", pattern).build();
      steps.add(() -> sender.send(ban, EdgePurger::isDone));
    }
    for (URI url : purge.urls()) {
      String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
      String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
      HttpRequest forget =
          to(path + query).method("PURGE", none()).header("Purge-Host", host(url)).build();
      steps.add(() -> sender.send(forget, EdgePurger::isDone));
    }
    return Sender.inTurn(steps);
  }

  private HttpRequest.Builder to(String target) {
    String start = node.toString();
    String base = start.endsWith("/") ? start.substring(0, start.length() - 1) : start;
    return HttpRequest.newBuilder(URI.create(base + target)).timeout(timeout);
  }

  private static HttpRequest.BodyPublisher none() {
    return HttpRequest.BodyPublishers.noBody();
  }

  /** The Host that a client sends for a URL. */
  private static String host(URI url) {
    boolean isUsual =
        url.getPort() < 0 || url.getPort() == (url.getScheme().equalsIgnoreCase("http") ? 80 : 443);
    return (isUsual ? url.getHost() : url.getHost() + ":" + url.getPort()).toLowerCase(Locale.ROOT);
  }

  private static boolean isDone(HttpResponse<?> response) {
    int status = response.statusCode();
    // Of nginx the other two say that there was nothing to forget; which one depends on its module.
    return (status == OK || status == NOT_FOUND || status == PRECONDITION_FAILED)
        && response.headers().firstValue("Purge-Result").isPresent();
  }

  /** Patterns that match a list of tags with one of these in it, each short enough for a header. */
  private static List<String> patterns(Iterable<String> tags) {
    List<String> patterns = new ArrayList<>();
    StringBuilder any = new StringBuilder();
    for (String tag : tags) {
      String literal = literal(tag);
      if (!any.isEmpty() && any.length() + literal.length() > MOST_PATTERN_CHARS) {
        patterns.add(whole(any));
        any.setLength(0);
      }
      any.append(any.isEmpty() ? "" : "|").append(literal);
    }
    if (!any.isEmpty()) {
      patterns.add(whole(any));
    }
    return patterns;
  }

  private static String whole(CharSequence any) {
    return "(?:^|\\s)(?:" + any + ")(?:\\s|$)";
  }

  /**
   * A tag as part of a pattern: all but letters and digits by their codes, so nothing is special.
   */
  private static String literal(String tag) {
    StringBuilder literal = new StringBuilder();
    for (int i = 0; i < tag.length(); i++) {
      char each = tag.charAt(i);
      if ((each >= '0' && each <= '9')
          || (each >= 'A' && each <= 'Z')
          || (each >= 'a' && each <= 'z')) {
        literal.append(each);
      } else {
        literal.append(String.format("\\x%02x", (int) each));
      }
    }
    return literal.toString();
  }

  @Override
  public String toString() {
    return "EdgePurger[" + node + "]";
  }
}
