// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.lettuce.core.ReadFrom;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of its own to Redis or a Redis Cluster; thread-safe.
 *
 * <p>The client's options may let commands queue while it is disconnected and let reconnection take
 * half a minute. So nothing is sent on a connection that is not open, nobody waits for an answer
 * longer than his own time, and a new connection is made beside the one that does not answer.
 */
final class LettuceStore implements Store {
  private static final Logger LOG = LoggerFactory.getLogger(LettuceStore.class);
  private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(1_500);
  private static final int MOST_ATTEMPTS = 8;

  /** Connects, which blocks. */
  private interface Connector {
    Link connect(RedisCodec<String, String> codec, Runnable dropped);
  }

  private final Connector connector;
  private final Runnable refresh;
  private final MonotonicClock clock;
  private final AtomicInteger attempts = new AtomicInteger();
  private volatile @Nullable Link link;
  private volatile boolean silent;
  // Guarded by this.
  private boolean closed;
  private long attemptNanos;

  private LettuceStore(Connector connector, Runnable refresh, MonotonicClock clock) {
    this.connector = connector;
    this.refresh = refresh;
    this.clock = clock;
  }

  static LettuceStore of(RedisClient client, MonotonicClock clock) {
    return new LettuceStore(
        (codec, dropped) -> {
          StatefulRedisConnection<String, String> made = client.connect(codec);
          return new Link(client, made, made.async(), dropped);
        },
        () -> {},
        clock);
  }

  static LettuceStore of(RedisClusterClient client, MonotonicClock clock) {
    return new LettuceStore(
        (codec, dropped) -> {
          StatefulRedisClusterConnection<String, String> made = client.connect(codec);
          made.setReadFrom(ReadFrom.UPSTREAM);
          return new Link(client, made, made.async(), dropped);
        },
        () -> {
          var unused = client.refreshPartitionsAsync();
        },
        clock);
  }

  @Override
  public CompletionStage<List<Long>> run(Script script, String key, List<String> arguments) {
    Link current = link;
    if (current == null || !current.isOpen()) {
      return CompletableFuture.failedFuture(new RedisException("not connected"));
    }
    String[] keys = {key};
    String[] values = arguments.toArray(String[]::new);
    try {
      RedisFuture<List<Long>> sent =
          current.commands().evalsha(script.digest(), ScriptOutputType.MULTI, keys, values);
      return sent.exceptionallyCompose(
              problem ->
                  isUnknown(problem)
                      ? current.commands().eval(script.text(), ScriptOutputType.MULTI, keys, values)
                      : CompletableFuture.failedFuture(problem))
          .whenComplete(
              (answer, problem) -> {
                if (silent && problem == null) {
                  silent = false;
                }
              });
    } catch (RuntimeException e) { // Lettuce's own, or a listener's of the user
      return CompletableFuture.failedFuture(e);
    }
  }

  private static boolean isUnknown(Throwable problem) {
    return problem instanceof RedisNoScriptException
        || (problem instanceof CompletionException
            && problem.getCause() instanceof RedisNoScriptException);
  }

  @Override
  public CompletionStage<?> probe(String key) {
    Link current = link;
    if (current == null || !current.isOpen()) {
      return CompletableFuture.failedFuture(new RedisException("not connected"));
    }
    try {
      return current.commands().exists(key);
    } catch (RuntimeException e) { // Lettuce's own, or a listener's of the user
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public boolean isOpen() {
    Link current = link;
    return current != null && current.isOpen();
  }

  @Override
  public synchronized void connect(boolean evenIfOpen) {
    long now = clock.nanoTime();
    int running = attempts.get();
    // An attempt may hang for as long as the client lets it, so another one is made beside it.
    if (closed
        || (isOpen() && !evenIfOpen)
        || running >= MOST_ATTEMPTS
        || (running > 0 && now - attemptNanos < BETWEEN_ATTEMPTS.toNanos())) {
      return;
    }
    attemptNanos = now;
    silent = silent || evenIfOpen;
    attempts.incrementAndGet();
    Thread thread = new Thread(this::attempt, "redis-limits-connect");
    thread.setDaemon(true);
    thread.start();
  }

  private void attempt() {
    try {
      refresh.run();
      // Of its own: see Link.
      Link made = connector.connect(new StringCodec(StandardCharsets.UTF_8), this::dropped);
      made.watch();
      adopt(made);
    } catch (RuntimeException e) {
      LOG.debug("No connection to Redis for rate limits yet", e);
    } finally {
      attempts.decrementAndGet();
    }
  }

  /** Connects again; but after a connection that did not last, only when asked to. */
  private synchronized void dropped() {
    if (clock.nanoTime() - attemptNanos >= BETWEEN_ATTEMPTS.toNanos()) {
      connect(false);
    }
  }

  private void adopt(Link made) {
    Link old;
    synchronized (this) {
      if (closed || (isOpen() && !silent)) {
        old = made;
      } else {
        old = link;
        link = made;
      }
    }
    if (old != null) {
      old.close();
    }
  }

  @Override
  public void close() {
    Link old;
    synchronized (this) {
      closed = true;
      old = link;
      link = null;
    }
    if (old != null) {
      old.close();
    }
  }
}
