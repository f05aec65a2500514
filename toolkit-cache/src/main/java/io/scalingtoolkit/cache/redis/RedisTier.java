// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.RedisClusterClient;
import io.scalingtoolkit.cache.SharedTier;
import io.scalingtoolkit.cache.internal.Remote;
import io.scalingtoolkit.cache.internal.Space;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.Collection;
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
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Entries in a Redis 6.2 or later or a Redis Cluster, shared by all processes that use the same
 * Redis, prefix and names of caches.
 *
 * <p>A value is stored only by whoever took the right to load it, and only if nobody has
 * invalidated the key since. Redis tells each process of changes to what it has read, over a
 * connection that is asked every second whether it is alive; what a process keeps in memory is used
 * no longer than the bound after the last answer. It has that connection, in a cluster one to each
 * node, and one daemon thread of its own. Thread-safe. Close it before the client.
 */
public final class RedisTier implements SharedTier {
  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

  private static final int MOST_REDIRECTS = 5;

  /** How far behind a node can be that takes the place of another. */
  private static final Duration RECENT = Duration.ofSeconds(10);

  private final Settings settings;
  private final ScheduledExecutorService timer;
  private final Patience patience;
  private final Routes routes;
  private final ConcurrentMap<String, RedisSpace> spaces = new ConcurrentHashMap<>();

  /** Immutable. */
  record Settings(
      String prefix,
      Duration timeToLive,
      Duration timeout,
      Duration lease,
      Duration bound,
      Duration longestLag,
      MonotonicClock clock) {}

  /** Makes the connections; immutable. */
  private interface Connector {
    Routes routes(
        Settings settings,
        ScheduledExecutorService timer,
        Collection<RedisSpace> spaces,
        Consumer<@Nullable String> told);
  }

  private RedisTier(Settings settings, Connector connector) {
    this.settings = settings;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "cache-redis-" + settings.prefix());
              thread.setDaemon(true);
              return thread;
            });
    this.patience = new Patience(timer, settings.timeout().toNanos());
    this.routes = connector.routes(settings, timer, spaces.values(), this::told);
    routes.start();
  }

  /**
   * Begins to build.
   *
   * @param client made with the address of the Redis; its options are free, and it stays the
   *     caller's
   */
  public static Builder builder(RedisClient client) {
    Objects.requireNonNull(client, "client");
    return new Builder(
        (settings, timer, spaces, told) -> new OneNode(client, settings, timer, spaces, told));
  }

  /**
   * Begins to build a tier in a Redis Cluster. It has connections of its own to all nodes that have
   * slots.
   *
   * @param client its options are free, and it stays the caller's
   */
  public static Builder builder(RedisClusterClient client) {
    Objects.requireNonNull(client, "client");
    return new Builder(
        (settings, timer, spaces, told) -> new ClusterNodes(client, settings, timer, spaces, told));
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
    public Space open(String name, int schema, Space.Listener listener) {
      RedisSpace space = new RedisSpace(RedisTier.this, settings.prefix(), name, schema, listener);
      if (spaces.putIfAbsent(name, space) != null) {
        throw new IllegalArgumentException(
            "name must be new to the shared tier, but there is a cache " + name);
      }
      space.prepare(routes).toCompletableFuture().exceptionally(problem -> null).join();
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
    public Duration longestLag() {
      return settings.longestLag();
    }

    @Override
    public Duration timeout() {
      return settings.timeout();
    }

    @Override
    public void giveUpLate() {
      var unused = patience.giveUpLate();
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
    return routes.isGood(settings.clock().nanoTime());
  }

  Routes routes() {
    return routes;
  }

  int slot(byte[] key) {
    return routes.slot(key);
  }

  static <T> CompletionStage<T> nobodyThere() {
    return CompletableFuture.failedFuture(new IllegalStateException("no Redis for now"));
  }

  /** Sends something the way to a slot, if there is one. */
  <T> CompletionStage<T> send(int slot, Function<Route, CompletionStage<T>> question) {
    Route route = routes.to(slot);
    return route == null ? nobodyThere() : send(slot, route, question);
  }

  /**
   * Sends something, goes where the answer points to, and gives up after a while; never throws.
   *
   * @param question may be asked again by another way
   */
  <T> CompletionStage<T> send(int slot, Route route, Function<Route, CompletionStage<T>> question) {
    return guarded(route.link(), follow(slot, route, question, MOST_REDIRECTS));
  }

  private <T> CompletionStage<T> follow(
      int slot, Route route, Function<Route, CompletionStage<T>> question, int left) {
    CompletionStage<T> answer;
    try {
      answer = question.apply(route);
    } catch (RuntimeException e) { // Lettuce's own, or a listener's of the user
      return CompletableFuture.failedFuture(e);
    }
    return answer.exceptionallyCompose(
        problem -> {
          Redirect redirect = left == 0 ? null : Redirect.in(problem);
          Route next = redirect == null ? null : routes.redirected(slot, redirect);
          return next == null
              ? CompletableFuture.failedFuture(problem)
              : follow(slot, next, question, left - 1);
        });
  }

  private <T> CompletionStage<T> guarded(RedisLink link, CompletionStage<T> question) {
    if (!link.isTrusted()) {
      return question; // no call waits for it, and who makes the connection gives up by himself
    }
    try {
      return patience.limit(question, link::suspect);
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

  /** Returns room for what was told to Redis a short time ago. */
  <T> Cache<String, T> recent(int most) {
    return Caffeine.newBuilder()
        .maximumSize(most)
        .expireAfterWrite(RECENT)
        .ticker(this::now)
        .executor(Runnable::run)
        .<String, T>build();
  }

  static boolean isRecent(long nanos) {
    return nanos < RECENT.toNanos();
  }

  long now() {
    return settings.clock().nanoTime();
  }

  long liveMillis() {
    return settings.timeToLive().toMillis();
  }

  long boundNanos() {
    return settings.bound().toNanos();
  }

  Duration longestLag() {
    return settings.longestLag();
  }

  long leaseMillis() {
    return settings.lease().toMillis();
  }

  @Override
  public void close() {
    routes.close();
    timer.shutdownNow();
    patience.close();
  }

  @Override
  public String toString() {
    return "RedisTier[" + settings.prefix() + ", connected " + isConnected() + "]";
  }

  /** Settings of a {@link RedisTier}; confined. */
  public static final class Builder {
    private static final Duration LONGEST = Duration.ofDays(366);

    private final Connector connector;
    private String prefix = "cache";
    private Duration timeToLive = Duration.ofMinutes(15);
    private Duration timeout = Duration.ofMillis(50);
    private Duration lease = Duration.ofSeconds(3);
    private Duration bound = Duration.ofSeconds(3);
    private Duration longestLag = Duration.ofMinutes(1);
    private MonotonicClock clock = MonotonicClock.system();

    private Builder(Connector connector) {
      this.connector = connector;
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

    /**
     * Sets how far a replica of a database can be behind that loads are still protected from, 1
     * minute by default: so long Redis keeps in mind at which position a key was invalidated. The
     * same in all processes.
     *
     * @throws IllegalArgumentException if not 1 second to a day
     */
    public Builder longestLag(Duration time) {
      this.longestLag = within("longestLag", time, Duration.ofSeconds(1), Duration.ofDays(1));
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
      return new RedisTier(
          new Settings(prefix, timeToLive, timeout, lease, bound, longestLag, clock), connector);
    }
  }
}
