// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.lettuce.core.api.push.PushMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
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
  private final Map<String, RedisSpace> spaces;
  private final Consumer<@Nullable String> told;
  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicBoolean warned = new AtomicBoolean();
  private final CountDownLatch first = new CountDownLatch(1);
  private volatile @Nullable RedisLink link;
  private volatile long clockOffsetMicros;
  // While Redis has left something unanswered and nothing that was asked since answered.
  private volatile boolean suspected;
  private volatile long suspectedNanos;
  // Guarded by this.
  private boolean closed;
  private long attemptNanos;
  private long adopted;

  Links(
      RedisTier.Settings settings,
      ScheduledExecutorService timer,
      Map<String, RedisSpace> spaces,
      Consumer<@Nullable String> told) {
    this.settings = settings;
    this.timer = timer;
    this.spaces = spaces;
    this.told = told;
  }

  /** Begins to connect, and waits a moment for the first answer. */
  void start() {
    attemptNanos =
        settings.clock().nanoTime() - TimeUnit.MILLISECONDS.toNanos(BETWEEN_ATTEMPTS_MILLIS);
    long beat = settings.bound().toMillis() / BEATS_PER_BOUND;
    var unused = timer.scheduleWithFixedDelay(this::beat, 0, beat, TimeUnit.MILLISECONDS);
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

  /** The clock of Redis as it was last told, with the time since. */
  long redisMicros() {
    return clockOffsetMicros + TimeUnit.NANOSECONDS.toMicros(settings.clock().nanoTime());
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
      var unused = now.time().thenAccept(time -> confirmed(now, sent, time));
      if (!suspected) {
        spaces.values().forEach(space -> space.catchUp(now));
      }
    } catch (RuntimeException e) {
      LOG.debug("Caches of {}: no sign of life this time", settings.prefix(), e);
    }
  }

  private synchronized void confirmed(RedisLink told, long sentNanos, List<byte[]> time) {
    told.confirm(sentNanos);
    if (link == told && suspected && sentNanos - suspectedNanos >= 0) {
      suspected = false;
    }
    learnClock(sentNanos, time);
  }

  private void learnClock(long sentNanos, List<byte[]> time) {
    long micros = TimeUnit.SECONDS.toMicros(number(time.get(0))) + number(time.get(1));
    clockOffsetMicros = micros - TimeUnit.NANOSECONDS.toMicros(sentNanos);
  }

  private static long number(byte[] digits) {
    return Long.parseLong(new String(digits, StandardCharsets.US_ASCII));
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
          new RedisLink(settings.client(), settings.bound().toNanos(), this::pushed, this::dropped);
      long timeout = settings.bound().toMillis();
      made.track().toCompletableFuture().get(timeout, TimeUnit.MILLISECONDS);
      for (RedisSpace space : spaces.values()) {
        space.readEpoch(made).toCompletableFuture().get(timeout, TimeUnit.MILLISECONDS);
        space.drain(made).toCompletableFuture().get(timeout, TimeUnit.MILLISECONDS);
      }
      long sent = settings.clock().nanoTime();
      learnClock(sent, made.time().toCompletableFuture().get(timeout, TimeUnit.MILLISECONDS));
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
    LOG.info("Caches of {}: Redis is there, connection {}", settings.prefix(), adopted);
    first.countDown();
  }

  private void dropped() {
    spaces.values().forEach(RedisSpace::lost);
    beatNow();
  }

  private void beatNow() {
    try {
      timer.execute(this::beat);
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
      told.accept(null);
      return;
    }
    for (Object key : (List<?>) keys) {
      told.accept(
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
    if (last != null) {
      last.close();
    }
  }
}
