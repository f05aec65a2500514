// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.push.PushMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that there is a connection, and knows until when it can be trusted; thread-safe.
 *
 * <p>A new connection is trusted when it tells of changes, the spaces know their epochs, and Redis
 * has been told of all that was invalidated without it.
 */
final class Links implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Links.class);
  private static final long FIRST_ANSWER_MILLIS = 3_000;
  private static final long BETWEEN_ATTEMPTS_MILLIS = 1_500;
  private static final int MOST_ATTEMPTS = 8;
  private static final int BEATS_PER_BOUND = 6;

  private final RedisTier.Settings settings;
  private final ScheduledExecutorService timer;
  private final String name;
  private final Supplier<StatefulRedisConnection<byte[], byte[]>> connector;
  private final RedisClient client;
  private final Watcher watcher;
  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicBoolean warned = new AtomicBoolean();
  private final CountDownLatch first = new CountDownLatch(1);
  private volatile @Nullable RedisLink link;
  // While Redis has left something unanswered and nothing that was asked since answered.
  private volatile boolean suspected;
  private volatile long suspectedNanos;
  private volatile @Nullable ScheduledFuture<?> beating;
  // Guarded by this.
  private boolean closed;
  private long attemptNanos;
  private long adopted;

  /** What is done with a connection; must not block. */
  interface Watcher {
    /** A key has changed, or all may have if it is null; called in order. */
    void told(@Nullable String key);

    /** Gets ready for a connection, before it is trusted. */
    CompletionStage<?> prepare(RedisLink made);

    /** Fails if a connection should not be trusted any more. */
    CompletionStage<?> probe(RedisLink link);

    /** A connection is asked for a sign of life; not while Redis leaves something unanswered. */
    void beat();

    /**
     * A connection has given a sign of life, so it is told what Redis has not been told of yet: now
     * and not when somebody next asks, since others go by what is there until then.
     */
    void alive(RedisLink link);

    /** Redis is asked and trusted again, after it was not; must not block. */
    void recovered();

    /** The connection is gone. */
    void dropped();
  }

  /**
   * @param name for the log
   * @param client that makes the connections
   * @param connector makes one, which blocks
   */
  Links(
      RedisTier.Settings settings,
      ScheduledExecutorService timer,
      String name,
      RedisClient client,
      Supplier<StatefulRedisConnection<byte[], byte[]>> connector,
      Watcher watcher) {
    this.settings = settings;
    this.timer = timer;
    this.name = name;
    this.client = client;
    this.connector = connector;
    this.watcher = watcher;
  }

  /** Begins to connect. */
  void start() {
    attemptNanos =
        settings.clock().nanoTime() - TimeUnit.MILLISECONDS.toNanos(BETWEEN_ATTEMPTS_MILLIS);
    long beat = settings.bound().toMillis() / BEATS_PER_BOUND;
    beating = timer.scheduleWithFixedDelay(this::beat, 0, beat, TimeUnit.MILLISECONDS);
  }

  /** Waits a moment for the first answer. */
  void awaitFirst() {
    try {
      if (!first.await(FIRST_ANSWER_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.warn(
            "Redis does not answer the caches of {} yet; beginning without", settings.prefix());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Nullable RedisLink current() {
    RedisLink now = link;
    return now != null && now.isOpen() ? now : null;
  }

  /** As {@link #current}, or null while it is not asked. */
  @Nullable RedisLink asked() {
    return suspected ? null : current();
  }

  /** Notes that something was not answered in time: nobody waits for Redis until it shows up. */
  void suspect() {
    if (!suspected) {
      suspectedNanos = settings.clock().nanoTime();
      suspected = true;
      beatNow();
    }
  }

  /** The connection if it is good. */
  @Nullable RedisLink trusted(long nowNanos) {
    RedisLink now = link;
    return now != null && now.isGood(nowNanos) ? now : null;
  }

  /** How long ago there was the last sign of life; very long if never. */
  long silentNanos(long nowNanos) {
    RedisLink last = link;
    return last == null ? Long.MAX_VALUE : nowNanos - last.confirmedNanos();
  }

  private void beat() {
    try {
      RedisLink now = current();
      if (now == null) {
        connect();
        return;
      }
      long sent = settings.clock().nanoTime();
      if (sent - now.confirmedNanos() > settings.bound().toNanos() / 2) {
        LOG.warn("Caches of {}: Redis gives no sign of life, connecting again", settings.prefix());
        now.close();
        dropped();
        return;
      }
      var unused =
          now.time()
              .thenCombine(watcher.probe(now), (time, same) -> time)
              .thenAccept(time -> confirmed(now, sent, time));
      if (!suspected) {
        watcher.beat();
      }
    } catch (RuntimeException e) {
      LOG.debug("Caches of {}: no sign of life this time", settings.prefix(), e);
    }
  }

  private synchronized void confirmed(RedisLink told, long sentNanos, List<byte[]> time) {
    told.confirm(sentNanos);
    if (link == told && suspected && sentNanos - suspectedNanos >= 0) {
      suspected = false;
      watcher.recovered();
    }
    told.learnClock(sentNanos, time);
    if (link == told) {
      elsewhere(() -> watcher.alive(told));
    }
  }

  private synchronized void connect() {
    long now = settings.clock().nanoTime();
    int running = attempts.get();
    // An attempt may hang for as long as the client lets it, so another one is made beside it.
    if (closed
        || running >= MOST_ATTEMPTS
        || (running > 0
            && now - attemptNanos < TimeUnit.MILLISECONDS.toNanos(BETWEEN_ATTEMPTS_MILLIS))) {
      return;
    }
    attemptNanos = now;
    attempts.incrementAndGet();
    Thread thread = new Thread(this::attempt, "cache-redis-connect");
    thread.setDaemon(true);
    thread.start();
  }

  private void attempt() {
    RedisLink made = null;
    try {
      made =
          new RedisLink(
              client,
              connector.get(),
              settings.clock(),
              settings.bound().toNanos(),
              this::dropped,
              this::suspect);
      made.watch(this::pushed);
      long timeout = settings.bound().toMillis();
      track(made, timeout);
      watcher.prepare(made).toCompletableFuture().get(timeout, TimeUnit.MILLISECONDS);
      long sent = settings.clock().nanoTime();
      made.learnClock(sent, made.time().toCompletableFuture().get(timeout, TimeUnit.MILLISECONDS));
      adopt(made, sent);
    } catch (Exception e) { // nobody interrupts this thread, and it ends here
      if (warned.compareAndSet(false, true)) {
        LOG.warn(
            "Caches of {}: no connection to Redis that tells of changes", settings.prefix(), e);
      } else {
        LOG.debug("Caches of {}: no connection to Redis yet", settings.prefix(), e);
      }
      if (made != null) {
        made.close();
      }
    } finally {
      attempts.decrementAndGet();
    }
  }

  private void track(RedisLink made, long timeout) throws Exception {
    try {
      made.track().toCompletableFuture().get(timeout, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (!isRefused(e.getCause())) {
        throw e;
      }
      made.goOnWithoutTracking();
      if (warned.compareAndSet(false, true)) {
        LOG.warn(
            "Caches of {}: Redis does not tell of changes ({}), and is asked for them each {} ms",
            settings.prefix(),
            e.getMessage(),
            timeout);
      }
    }
  }

  /** Tells whether the user may not, or the server cannot; not that it is busy. */
  private static boolean isRefused(@Nullable Throwable problem) {
    String message = problem == null ? null : problem.getMessage();
    return problem instanceof RedisCommandExecutionException
        && message != null
        && (message.startsWith("NOPERM") || message.startsWith("ERR "));
  }

  private synchronized void adopt(RedisLink made, long confirmedNanos) {
    if (closed || current() != null || !made.isOpen()) {
      made.close();
      return;
    }
    // After a long time without Redis others come back too, with invalidations that it has not
    // heard of. They are given the time to tell it.
    long half = settings.bound().toNanos() / 2;
    RedisLink last = link;
    boolean brief = last == null || confirmedNanos - last.confirmedNanos() < half;
    adopted++;
    suspected = false;
    warned.set(false);
    made.trust(confirmedNanos, brief ? confirmedNanos : confirmedNanos + half);
    link = made;
    if (brief) {
      watcher.recovered();
    } else {
      var unused = timer.schedule(watcher::recovered, half, TimeUnit.NANOSECONDS);
    }
    LOG.info("Caches of {}: {} is there, connection {}", settings.prefix(), name, adopted);
    first.countDown();
  }

  private void dropped() {
    watcher.dropped();
    beatNow();
  }

  void beatNow() {
    elsewhere(this::beat);
  }

  /** Runs something in a thread that nobody waits for. */
  private void elsewhere(Runnable task) {
    try {
      timer.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("Closed, no more connections", e);
    }
  }

  private void pushed(PushMessage message) {
    if (!message.getType().equals("invalidate")) {
      return;
    }
    Object keys = message.getContent(StandardCharsets.UTF_8::decode).get(1);
    if (keys == null) {
      watcher.told(null);
      return;
    }
    for (Object key : (List<?>) keys) {
      watcher.told(
          key instanceof ByteBuffer bytes
              ? StandardCharsets.UTF_8.decode(bytes).toString()
              : String.valueOf(key));
    }
  }

  @Override
  public void close() {
    RedisLink last;
    synchronized (this) {
      closed = true;
      last = link;
      link = null;
    }
    ScheduledFuture<?> beats = beating;
    if (beats != null) {
      beats.cancel(false);
    }
    if (last != null) {
      last.close();
    }
  }
}
