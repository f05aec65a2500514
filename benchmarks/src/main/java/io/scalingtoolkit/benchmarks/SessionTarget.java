// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.HttpDriver.Answer;
import io.scalingtoolkit.benchmarks.HttpDriver.Request;
import io.scalingtoolkit.benchmarks.SampleApi.Item;
import io.scalingtoolkit.benchmarks.SampleApi.User;
import java.util.Deque;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The users of a {@link SampleApi} as sessions that carry a bookmark from each answer to the next
 * request, and whose reads are judged. Thread-safe.
 *
 * <p>A session makes one request at a time, since a client cannot tell which of two bookmarks is
 * the later one. A user whose sessions are all busy opens another one, as on a further device, so
 * no request waits for an earlier one; of the idle ones the one used last goes first. The next read
 * of an item after a write is of what was written.
 */
final class SessionTarget implements Target {
  private static final JsonMapper JSON = new JsonMapper();

  private final SampleApi api;
  private final boolean bookmarks;
  private final ReadCounts counts = new ReadCounts();
  private final Map<User, Deque<Session>> idle = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();
  private final AtomicInteger sessions = new AtomicInteger();

  /**
   * @param api seeded
   * @param bookmarks false for a control run that forgets what a session has seen
   */
  SessionTarget(SampleApi api, boolean bookmarks) {
    this.api = api;
    this.bookmarks = bookmarks;
  }

  @Override
  public CompletableFuture<Boolean> call(Arrival arrival) {
    if (!arrival.kind().isMix()) {
      return api.call(arrival);
    }
    Item item = api.item(arrival.key());
    Deque<Session> free = idle.computeIfAbsent(item.owner(), user -> new ConcurrentLinkedDeque<>());
    Session taken = free.pollFirst();
    Session session = taken == null ? new Session() : taken;
    return session
        .call(arrival, item)
        .whenComplete(
            (right, problem) -> {
              if (problem != null) {
                count(arrival.kind(), root(problem).getClass().getSimpleName());
              }
              free.addFirst(session);
            });
  }

  ReadCounts counts() {
    return counts;
  }

  int sessions() {
    return sessions.get();
  }

  /** Wrong answers so far, by operation and status or exception. */
  Map<String, Long> errors() {
    Map<String, Long> sums = new TreeMap<>();
    errors.forEach((name, count) -> sums.put(name, count.sum()));
    return sums;
  }

  private void count(Kind kind, String what) {
    errors.computeIfAbsent(kind.label() + ": " + what, name -> new LongAdder()).increment();
  }

  private static Throwable root(Throwable problem) {
    Throwable root = problem;
    for (Throwable cause = root.getCause(); cause != null; cause = root.getCause()) {
      root = cause;
    }
    return root;
  }

  /** Used by one request at a time; the queue of idle sessions hands it on. */
  private final class Session {
    private final SessionHistory history = new SessionHistory(counts);
    private String bookmark = "";

    /** Written by the request before and not read back yet. */
    private @Nullable Item fresh;

    Session() {
      sessions.incrementAndGet();
    }

    CompletableFuture<Boolean> call(Arrival arrival, Item popular) {
      Item item = popular;
      if (arrival.kind() == Kind.READ_ITEM && fresh != null) {
        item = fresh;
        fresh = null;
      }
      Request request = api.request(arrival.kind(), item, arrival.key());
      if (bookmarks && !bookmark.isEmpty()) {
        request = request.with(SampleApi.BOOKMARK, bookmark);
      }
      Item about = item;
      return api.send(request).thenApply(answer -> judge(arrival.kind(), about, answer));
    }

    private boolean judge(Kind kind, Item item, Answer answer) {
      bookmark = answer.header(SampleApi.BOOKMARK, bookmark);
      boolean right = answer.status() == SampleApi.expected(kind);
      if (!right) {
        count(kind, Integer.toString(answer.status()));
      }
      switch (kind) {
        case READ_ITEM -> {
          if (right) {
            history.read(item.id(), OptionalLong.of(version(answer)));
          } else if (answer.status() == 404) {
            history.read(item.id(), OptionalLong.empty());
          }
        }
        case CREATE_ITEM -> {
          if (right) {
            String id = JSON.readTree(answer.body()).path("id").asString();
            wrote(new Item(id, item.owner()), answer);
          }
        }
        case REPLACE_ITEM -> {
          if (right) {
            wrote(item, answer);
          }
        }
        case LIST_ITEMS, READ_USER, LOG_IN, LIVENESS -> {}
      }
      return right;
    }

    private void wrote(Item item, Answer answer) {
      history.wrote(item.id(), version(answer));
      fresh = item;
    }
  }

  /** The application's entity tags are the version in quotation marks. */
  private static long version(Answer answer) {
    String tag = answer.header("ETag", "");
    return Long.parseLong(tag.substring(1, tag.length() - 1));
  }
}
