// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.SharedTier;
import io.scalingtoolkit.cache.internal.Remote;
import io.scalingtoolkit.cache.internal.Space;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Entries in a Redis 6.2 or later, shared by all processes that use the same Redis, prefix and
 * names of caches.
 *
 * <p>A value is stored only by whoever took the right to load it, and only if nobody has
 * invalidated the key since. Redis tells each process of changes to what it has read, over a
 * connection that is asked every second whether it is alive; what a process keeps in memory is used
 * no longer than the bound after the last answer. It has that connection and one daemon thread of
 * its own. Thread-safe. Close it before the client.
 */
public final class RedisTier implements SharedTier {
  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

  private final Settings settings;
  private final ScheduledExecutorService timer;
  private final Links links;
  private final ConcurrentMap<String, RedisSpace> spaces = new ConcurrentHashMap<>();

  /** Immutable. */
  record Settings(
      RedisClient client,
      String prefix,
      Duration timeToLive,
      Duration timeout,
      Duration lease,
      Duration bound,
      MonotonicClock clock) {}

  private RedisTier(Settings settings) {
    this.settings = settings;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "cache-redis-" + settings.prefix());
              thread.setDaemon(true);
              return thread;
            });
    this.links = new Links(settings, timer, spaces, this::told);
    links.start();
  }

  /**
   * Begins to build.
   *
   * @param client made with the address of the Redis; its options are free, and it stays the
   *     caller's
   */
  public static Builder builder(RedisClient client) {
    return new Builder(Objects.requireNonNull(client, "client"));
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (!type.isAssignableFrom(Rooms.class)) {
      throw new IllegalArgumentException("type must be that of the caches, was " + type);
    }
    return type.cast(new Rooms());
  }

  /** What caches see of it; thread-safe. */
  private final class Rooms implements Remote {
    @Override
    public Space open(String name, Space.Listener listener) {
      RedisSpace space = new RedisSpace(RedisTier.this, settings.prefix(), name, 0, listener);
      if (spaces.putIfAbsent(name, space) != null) {
        throw new IllegalArgumentException(
            "name must be new to the shared tier, but there is a cache " + name);
      }
      RedisLink link = links.current();
      if (link != null) {
        space.readEpoch(link).toCompletableFuture().exceptionally(problem -> null).join();
      }
      return space;
    }

    @Override
    public void close(String name) {
      spaces.remove(name);
    }

    @Override
    public MonotonicClock clock() {
      return settings.clock();
    }

    @Override
    public Duration bound() {
      return settings.bound();
    }

    @Override
    public Duration timeout() {
      return settings.timeout();
    }

    @Override
    public Duration timeToLive() {
      return settings.timeToLive();
    }
  }

  /** A key has changed, or all have if it is null. */
  private void told(@Nullable String key) {
    if (key == null) {
      spaces.values().forEach(RedisSpace::allChanged);
      return;
    }
    String name = cacheOf(key);
    RedisSpace space = name == null ? null : spaces.get(name);
    if (space != null) {
      space.changed(key);
    }
  }

  /** Names of caches have no braces and no colons. */
  private @Nullable String cacheOf(String key) {
    int from = settings.prefix().length() + 1;
    int brace = key.indexOf('{', from);
    if (brace < 0) {
      return null;
    }
    int end = brace > from ? brace - 1 : key.indexOf('}', from);
    return brace > from ? key.substring(from, end) : key.substring(from + 1, end);
  }

  /** Tells whether Redis is asked; false in an outage. */
  public boolean isConnected() {
    return line(settings.clock().nanoTime()) != null;
  }

  /** What tells of changes, null while it is not known to be alive. */
  @Nullable RedisLink line(long nowNanos) {
    return links.trusted(nowNanos);
  }

  /** The connection, null while Redis is not asked. */
  @Nullable RedisLink link() {
    return links.asked();
  }

  /** Sends something and gives up after a while; never throws. */
  <T> CompletionStage<T> guarded(Supplier<CompletionStage<T>> question) {
    try {
      return question
          .get()
          .toCompletableFuture()
          .copy()
          .orTimeout(settings.timeout().toNanos(), TimeUnit.NANOSECONDS)
          .whenComplete(
              (answer, problem) -> {
                if (problem instanceof TimeoutException) {
                  links.suspect();
                }
              });
    } catch (RuntimeException e) { // Lettuce's own, or a listener's of the user
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Repeats something until it is cancelled; it must not block. */
  ScheduledFuture<?> every(long millis, Runnable task) {
    return timer.scheduleWithFixedDelay(task, millis, millis, TimeUnit.MILLISECONDS);
  }

  /** Runs something elsewhere than in the thread of the connection, as long as that is possible. */
  void elsewhere(Runnable task) {
    try {
      timer.execute(task);
    } catch (RejectedExecutionException closed) {
      task.run();
    }
  }

  long now() {
    return settings.clock().nanoTime();
  }

  long liveMillis() {
    return settings.timeToLive().toMillis();
  }

  long leaseMillis() {
    return settings.lease().toMillis();
  }

  long ageNanos(long createdMicros) {
    return Math.max(0, TimeUnit.MICROSECONDS.toNanos(links.redisMicros() - createdMicros));
  }

  @Override
  public void close() {
    links.close();
    timer.shutdownNow();
  }

  @Override
  public String toString() {
    return "RedisTier[" + settings.prefix() + ", connected " + isConnected() + "]";
  }

  /** Settings of a {@link RedisTier}; confined. */
  public static final class Builder {
    private static final Duration LONGEST = Duration.ofDays(366);

    private final RedisClient client;
    private String prefix = "cache";
    private Duration timeToLive = Duration.ofMinutes(15);
    private Duration timeout = Duration.ofMillis(50);
    private Duration lease = Duration.ofSeconds(3);
    private Duration bound = Duration.ofSeconds(3);
    private MonotonicClock clock = MonotonicClock.system();

    Builder(RedisClient client) {
      this.client = client;
    }

    /**
     * Sets what keys in Redis begin with, {@code cache} by default.
     *
     * @throws IllegalArgumentException if it is not 1 to 64 letters, digits, dots, colons, hyphens
     *     or underscores
     */
    public Builder prefix(String prefix) {
      if (!PREFIX.matcher(Objects.requireNonNull(prefix, "prefix")).matches()) {
        throw new IllegalArgumentException(
            "prefix must be 1 to 64 letters, digits, dots, colons, hyphens or underscores, was "
                + prefix);
      }
      this.prefix = prefix;
      return this;
    }

    /**
     * Sets how long an entry is kept, counted from the beginning of its load, 15 minutes by
     * default.
     *
     * @throws IllegalArgumentException if not 1 ms to a year
     */
    public Builder timeToLive(Duration time) {
      this.timeToLive = within("timeToLive", time, Duration.ofMillis(1), LONGEST);
      return this;
    }

    /**
     * Sets how long a call may wait for Redis, 50 ms by default.
     *
     * @throws IllegalArgumentException if not 1 ms to 10 s
     */
    public Builder timeout(Duration time) {
      this.timeout = within("timeout", time, Duration.ofMillis(1), Duration.ofSeconds(10));
      return this;
    }

    /**
     * Sets after what time another process may load what one has begun to load and then gave no
     * more sign of life, 3 seconds by default.
     *
     * @throws IllegalArgumentException if not 100 ms to an hour
     */
    public Builder lease(Duration time) {
      this.lease = within("lease", time, Duration.ofMillis(100), Duration.ofHours(1));
      return this;
    }

    /**
     * Sets how long an invalidation by another process can stay unknown here at most, 3 seconds by
     * default. Redis is asked for a sign of life six times within it.
     *
     * @throws IllegalArgumentException if not 300 ms to a minute
     */
    public Builder bound(Duration time) {
      this.bound = within("bound", time, Duration.ofMillis(300), Duration.ofMinutes(1));
      return this;
    }

    Builder clock(MonotonicClock clock) {
      this.clock = clock;
      return this;
    }

    private static Duration within(String setting, Duration time, Duration least, Duration most) {
      Objects.requireNonNull(time, setting);
      if (time.compareTo(least) < 0 || time.compareTo(most) > 0) {
        throw new IllegalArgumentException(
            "%s must be %s to %s, was %s".formatted(setting, least, most, time));
      }
      return time;
    }

    /**
     * Connects. If Redis does not answer, that is no error but an outage.
     *
     * @return the tier, to be closed
     */
    public RedisTier build() {
      return new RedisTier(new Settings(client, prefix, timeToLive, timeout, lease, bound, clock));
    }
  }
}
