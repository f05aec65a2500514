// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import io.scalingtoolkit.benchmarks.BenchmarkException;
import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.Bandwidth;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.Quota;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiters;
import io.scalingtoolkit.core.ratelimit.Reservation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Plays events through a limiter on a clock of its own and prints a decision for each request, one
 * JSON object a line. Confined.
 *
 * <p>The form of the file stands in {@code docs/guide/limits.md}. Times are whole nanoseconds or
 * ISO 8601 durations. All of the file is checked before anything is printed.
 */
public final class Replay {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final Set<String> ROOT = Set.of("limit", "maxKeys", "events");
  private static final Set<String> BANDWIDTH = Set.of("permits", "period", "burst");
  private static final Set<String> REQUEST = Set.of("at", "key", "permits", "maxWait");
  private static final Set<String> RECONFIGURE = Set.of("at", "limit");
  private static final Set<String> CLOCK_JUMP = Set.of("at", "clockJump");

  private final RateLimit limit;
  private final long maxKeys;
  private final List<Event> events;
  private long nowNanos;

  /** Something that happens; {@code at} in nanoseconds since the start. */
  private sealed interface Event {
    long at();
  }

  /** A key asks; waits are reserved, and told as the time until the turn comes. */
  private record Request(long at, String key, long permits, Duration maxWait) implements Event {}

  private record Reconfigure(long at, RateLimit limit) implements Event {}

  /** The clock of the limiter steps, forwards or backwards, and goes on from there. */
  private record ClockJump(long at, long nanos) implements Event {}

  private Replay(RateLimit limit, long maxKeys, List<Event> events) {
    this.limit = limit;
    this.maxKeys = maxKeys;
    this.events = events;
  }

  /**
   * Reads a file.
   *
   * @throws BenchmarkException if it cannot be read, or says something that cannot be; the message
   *     names the place, the rule and the value
   */
  public static Replay read(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new BenchmarkException("cannot read " + file + ": " + e, e);
    }
  }

  static Replay parse(String text) {
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JacksonException e) {
      throw new BenchmarkException("not JSON: " + e.getOriginalMessage(), e);
    }
    only(root, "the file", ROOT);
    long maxKeys =
        root.has("maxKeys") ? whole(root.get("maxKeys"), "maxKeys") : RateLimiters.DEFAULT_MAX_KEYS;
    RateLimit limit = limit(root.get("limit"), "limit");
    JsonNode list = root.get("events");
    if (list == null || !list.isArray()) {
      throw new BenchmarkException("events must be an array, was " + list);
    }
    List<Event> events = new ArrayList<>();
    long before = 0;
    for (int i = 0; i < list.size(); i++) {
      Event event = event(list.get(i), "events[" + i + "]");
      if (event.at() < before) {
        throw new BenchmarkException(
            "events[%d].at must not be before the event ahead of it, was %d after %d"
                .formatted(i, event.at(), before));
      }
      before = event.at();
      events.add(event);
    }
    checked("maxKeys", () -> RateLimiters.keyed(limit, maxKeys));
    return new Replay(limit, maxKeys, events);
  }

  private static Event event(JsonNode node, String place) {
    long at = duration(node.get("at"), place + ".at").toNanos();
    if (at < 0) {
      throw new BenchmarkException(place + ".at must be 0 or more, was " + at);
    }
    if (node.has("limit")) {
      only(node, place, RECONFIGURE);
      return new Reconfigure(at, limit(node.get("limit"), place + ".limit"));
    }
    if (node.has("clockJump")) {
      only(node, place, CLOCK_JUMP);
      return new ClockJump(at, duration(node.get("clockJump"), place + ".clockJump").toNanos());
    }
    only(node, place, REQUEST);
    JsonNode key = node.get("key");
    if (key == null || !key.isString()) {
      throw new BenchmarkException(place + ".key must be a string, was " + key);
    }
    long permits = node.has("permits") ? whole(node.get("permits"), place + ".permits") : 1;
    if (permits < 1) {
      throw new BenchmarkException(place + ".permits must be 1 or more, was " + permits);
    }
    Duration maxWait =
        node.has("maxWait") ? duration(node.get("maxWait"), place + ".maxWait") : Duration.ZERO;
    if (maxWait.isNegative()) {
      throw new BenchmarkException(place + ".maxWait must be 0 or more, was " + maxWait);
    }
    return new Request(at, key.stringValue(), permits, maxWait);
  }

  private static RateLimit limit(@Nullable JsonNode node, String place) {
    if (node == null || !node.isArray()) {
      throw new BenchmarkException(place + " must be an array of bandwidths, was " + node);
    }
    List<Bandwidth> bandwidths = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      JsonNode each = node.get(i);
      String here = place + "[" + i + "]";
      only(each, here, BANDWIDTH);
      long permits = whole(each.get("permits"), here + ".permits");
      Duration period = duration(each.get("period"), here + ".period");
      long burst = each.has("burst") ? whole(each.get("burst"), here + ".burst") : permits;
      bandwidths.add(checked(here, () -> new Bandwidth(permits, period, burst)));
    }
    return checked(place, () -> new RateLimit(bandwidths));
  }

  private static <T> T checked(String place, java.util.function.Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw new BenchmarkException(place + ": " + e.getMessage(), e);
    }
  }

  private static void only(JsonNode node, String place, Set<String> names) {
    if (!node.isObject()) {
      throw new BenchmarkException(place + " must be an object, was " + node);
    }
    for (String name : node.propertyNames()) {
      if (!names.contains(name)) {
        throw new BenchmarkException(
            place + " has " + name + ", which is none of " + names.stream().sorted().toList());
      }
    }
  }

  private static long whole(@Nullable JsonNode node, String place) {
    if (node == null || !node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new BenchmarkException(place + " must be a whole number, was " + node);
    }
    return node.longValue();
  }

  private static Duration duration(@Nullable JsonNode node, String place) {
    if (node != null && node.isIntegralNumber() && node.canConvertToLong()) {
      return Duration.ofNanos(node.longValue());
    }
    if (node != null && node.isString()) {
      try {
        Duration parsed = Duration.parse(node.stringValue());
        return Duration.ofNanos(parsed.toNanos());
      } catch (DateTimeParseException | ArithmeticException e) {
        throw new BenchmarkException(
            place + " must be nanoseconds or a duration such as PT1.5S, was " + node, e);
      }
    }
    throw new BenchmarkException(
        place + " must be nanoseconds or a duration such as PT1.5S, was " + node);
  }

  /** Plays all events, from the start; prints a line for each request. */
  public void run(PrintWriter out) {
    long offset = 0;
    nowNanos = 0;
    KeyedRateLimiter<String> limiter = RateLimiters.keyed(limit, maxKeys, () -> nowNanos);
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      nowNanos = event.at() + offset;
      if (event instanceof Reconfigure change) {
        limiter.setLimit(change.limit());
      } else if (event instanceof ClockJump jump) {
        offset += jump.nanos();
      } else if (event instanceof Request request) {
        out.println(decide(limiter, i, request));
      }
    }
    out.flush();
  }

  private static String decide(KeyedRateLimiter<String> limiter, int index, Request request) {
    ObjectNode line = JSON.createObjectNode().put("event", index).put("at", request.at());
    line.put("key", request.key()).put("permits", request.permits());
    Reservation turn = limiter.reserve(request.key(), request.permits(), request.maxWait());
    if (turn instanceof Reservation.Held held) {
      line.put("decision", "admitted").put("waitNanos", held.delay().toNanos());
    } else if (turn instanceof Reservation.Refused refused) {
      Admission.Rejected rejected = refused.rejection();
      line.put("decision", "rejected").put("reason", rejected.reason().name());
      if (!rejected.retryAfter().equals(Admission.Rejected.NEVER)) {
        line.put("retryAfterNanos", rejected.retryAfter().toNanos());
      }
    }
    var remaining = line.putArray("remaining");
    for (Quota quota : limiter.quotas(request.key())) {
      remaining.add(quota.remaining());
    }
    return line.toString();
  }
}
