// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.RedisClusterClient;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.scalingtoolkit.core.metrics.CoreMetric;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiter;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes limiters that share their limits with other processes through Redis 6.2 or later, alone or
 * as a cluster.
 *
 * <pre>{@code
 * RedisRateLimiters limiters = RedisRateLimiters.builder(redisClient).build();
 * KeyedRateLimiter<String> perUser =
 *     limiters.keyed("per-user", RateLimit.of(100).per(Duration.ofSeconds(1)));
 * }</pre>
 *
 * <p>All processes that use the same group, name and key share one limit. Their clocks do not
 * matter, the time is that of Redis. Its limiters never throw because of Redis and never wait for
 * it longer than the timeout; what they do without it is the {@link Outage} mode. It has a
 * connection of its own and one daemon thread. Thread-safe. Close it before the client.
 */
public final class RedisRateLimiters implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisRateLimiters.class);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Duration FIRST_ANSWER = Duration.ofSeconds(3);
  private static final Duration LAST_ANSWERS = Duration.ofMillis(250);

  private final Settings settings;
  private final String group;
  private final MeterRegistry registry;
  private final Store store;
  private final Health health;
  private final ScheduledExecutorService timer;
  private final Map<String, StoreLimiter> limiters = new ConcurrentHashMap<>();

  /** How permits get from Redis to the caller. */
  public enum Mode {
    /** Redis decides each time, in one command; refusals that are known to hold need none. */
    STRICT,
    /**
     * Keys that are asked for often get their permits in leases: Redis is charged first, then the
     * process spends without asking. As exact as {@link #STRICT}, except that what one process
     * holds another one cannot have: at most half the burst, all processes together.
     */
    LEASED
  }

  /** What limiters do while Redis does not answer. */
  public enum Outage {
    /** Admit everything. */
    OPEN,
    /** Refuse everything, for the reason {@code UNAVAILABLE}. */
    CLOSED,
    /** Give the limit divided by the number of processes that were last seen. */
    LOCAL_SHARE
  }

  /** What all limiters of one owner have in common; immutable. */
  record Settings(Duration timeout, Outage outage, long maxKeys, MonotonicClock clock) {}

  private RedisRateLimiters(Builder builder) {
    this.settings = new Settings(builder.timeout, builder.outage, builder.maxKeys, builder.clock);
    this.group = builder.group;
    this.registry = Objects.requireNonNullElseGet(builder.registry, CompositeMeterRegistry::new);
    this.store = builder.store.apply(builder.clock);
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "redis-limits-" + group);
              thread.setDaemon(true);
              return thread;
            });
    CountDownLatch answered = new CountDownLatch(1);
    this.health =
        new Health(
            store,
            timer,
            builder.clock,
            builder.timeout,
            group + ":nodes",
            UUID.randomUUID().toString(),
            builder.assumedNodes,
            most -> ThreadLocalRandom.current().nextLong(most),
            state -> {
              changed(state);
              answered.countDown();
            });
    for (Health.State state : Health.State.values()) {
      LimitMeters.counter(registry, CoreMetric.RATELIMIT_TRANSITIONS, group, name(state));
    }
    gauge(CoreMetric.RATELIMIT_USABLE, health, h -> h.isUsable() ? 1 : 0);
    gauge(CoreMetric.RATELIMIT_NODES, health, Health::nodes);
    health.start();
    await(answered);
  }

  /** Waits a moment for Redis, so that the first decisions are its own where it is there. */
  private void await(CountDownLatch answered) {
    try {
      if (!answered.await(FIRST_ANSWER.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("Redis does not answer rate limits of {} yet; beginning without it", group);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String name(Health.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private void changed(Health.State to) {
    LimitMeters.counter(registry, CoreMetric.RATELIMIT_TRANSITIONS, group, name(to)).increment();
  }

  private <T> void gauge(CoreMetric metric, T of, ToDoubleFunction<T> value) {
    Gauge.builder(metric.id(), of, value)
        .baseUnit(metric.baseUnit())
        .tag(metric.tagKeys().get(0), group)
        .register(registry);
  }

  /**
   * Begins to build, on one Redis.
   *
   * @param client made with the address of the Redis; its options are free, and it stays the
   *     caller's
   */
  public static Builder builder(RedisClient client) {
    Objects.requireNonNull(client, "client");
    return new Builder(clock -> LettuceStore.of(client, clock));
  }

  /**
   * Begins to build, on a Redis Cluster. A key is one hash tag, so all bandwidths of its limit are
   * in one slot, and keys spread over the cluster.
   *
   * @param client its options are free, and it stays the caller's
   */
  public static Builder builder(RedisClusterClient client) {
    Objects.requireNonNull(client, "client");
    return new Builder(clock -> LettuceStore.of(client, clock));
  }

  /** As {@link #keyed(String, RateLimit, Mode)}, strict. */
  public KeyedRateLimiter<String> keyed(String name, RateLimit limit) {
    return keyed(name, limit, Mode.STRICT);
  }

  /** As {@link #keyed(String, RateLimit, Mode, Function)}, for keys that are strings. */
  public KeyedRateLimiter<String> keyed(String name, RateLimit limit, Mode mode) {
    return keyed(name, limit, mode, Function.identity());
  }

  /**
   * Makes a limiter that gives each key the same limit.
   *
   * @param name 1 to 64 letters, digits, dots, hyphens or underscores; not used before with this
   *     owner
   * @param keyName turns a key into a string, different for different keys
   * @throws IllegalArgumentException if the name is not as it must be
   */
  public <K> KeyedRateLimiter<K> keyed(
      String name, RateLimit limit, Mode mode, Function<? super K, String> keyName) {
    Objects.requireNonNull(keyName, "keyName");
    return new SharedKeyedRateLimiter<>(add(name, limit, mode), keyName);
  }

  /** As {@link #single(String, RateLimit, Mode)}, strict. */
  public RateLimiter single(String name, RateLimit limit) {
    return single(name, limit, Mode.STRICT);
  }

  /**
   * Makes a limiter without keys.
   *
   * @param name as for {@link #keyed(String, RateLimit, Mode, Function)}
   * @throws IllegalArgumentException if the name is not as it must be
   */
  public RateLimiter single(String name, RateLimit limit, Mode mode) {
    return new SharedRateLimiter(add(name, limit, mode));
  }

  private StoreLimiter add(String name, RateLimit limit, Mode mode) {
    checkName("name", name);
    Objects.requireNonNull(limit, "limit");
    Objects.requireNonNull(mode, "mode");
    StoreLimiter limiter =
        new StoreLimiter(
            group + ":" + name + ":",
            limit,
            mode,
            settings,
            store,
            health,
            new LimitMeters(registry, name));
    if (limiters.putIfAbsent(name, limiter) != null) {
      throw new IllegalArgumentException("name must be new, but there is a limiter " + name);
    }
    return limiter;
  }

  private static String checkName(String setting, String name) {
    if (!NAME.matcher(Objects.requireNonNull(name, setting)).matches()) {
      throw new IllegalArgumentException(
          setting + " must be 1 to 64 letters, digits, dots, hyphens or underscores, was " + name);
    }
    return name;
  }

  /** Tells whether Redis is asked; false in an outage. */
  public boolean isConnected() {
    return health.isUsable();
  }

  /** Returns how many processes share the limits as far as was last known, at least 1. */
  public long nodes() {
    return health.nodes();
  }

  /**
   * Gives back what is leased, leaves the group and closes the connection. Limiters that are still
   * used behave as in an outage.
   */
  @Override
  public void close() {
    awaitLast(
        CompletableFuture.allOf(
            limiters.values().stream()
                .map(StoreLimiter::giveLeasesBack)
                .toArray(CompletableFuture<?>[]::new)));
    health.close();
    timer.shutdownNow();
    store.close();
  }

  private void awaitLast(CompletableFuture<?> given) {
    try {
      given.get(LAST_ANSWERS.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException e) {
      LOG.debug("Leases of {} could not be given back and run out by themselves", group, e);
    }
  }

  @Override
  public String toString() {
    return "RedisRateLimiters[" + group + ", " + health.state() + ", " + nodes() + " nodes]";
  }

  /** Settings of {@link RedisRateLimiters}; confined. */
  public static final class Builder {
    private static final Duration MAX_TIMEOUT = Duration.ofSeconds(10);

    private final Function<MonotonicClock, Store> store;
    private String group = "limits";
    private Duration timeout = Duration.ofMillis(20);
    private Outage outage = Outage.LOCAL_SHARE;
    private long maxKeys = 100_000;
    private long assumedNodes = 1;
    private MonotonicClock clock = MonotonicClock.system();
    private @Nullable MeterRegistry registry;

    Builder(Function<MonotonicClock, Store> store) {
      this.store = store;
    }

    /**
     * Sets what the keys in Redis begin with, {@code limits} by default. Processes share limits
     * within a group and are counted by it.
     *
     * @throws IllegalArgumentException if it is not 1 to 64 letters, digits, dots, hyphens or
     *     underscores
     */
    public Builder group(String group) {
      this.group = checkName("group", group);
      return this;
    }

    /**
     * Sets how long a call may wait for Redis, 1 ms to 10 s, 20 ms by default. The first call that
     * has to wait so long begins an outage.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder timeout(Duration timeout) {
      if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0) {
        throw new IllegalArgumentException("timeout must be 1 ms to 10 s, was " + timeout);
      }
      this.timeout = timeout;
      return this;
    }

    /** Sets what is done without Redis, {@link Outage#LOCAL_SHARE} by default. */
    public Builder outage(Outage outage) {
      this.outage = Objects.requireNonNull(outage, "outage");
      return this;
    }

    /**
     * Sets of how many keys each limiter remembers something, 1 or more, 100,000 by default; each
     * takes about 300 bytes beside the key. The rest are asked of Redis each time, and share the
     * limit of one key in an outage.
     *
     * @throws IllegalArgumentException if less than 1
     */
    public Builder maxKeys(long maxKeys) {
      if (maxKeys < 1) {
        throw new IllegalArgumentException("maxKeys must be 1 or more, was " + maxKeys);
      }
      this.maxKeys = maxKeys;
      return this;
    }

    /**
     * Sets how many processes are taken to share the limits until Redis has told, 1 or more, 1 by
     * default. It counts where a process starts during an outage.
     *
     * @throws IllegalArgumentException if less than 1
     */
    public Builder assumedNodes(long assumedNodes) {
      if (assumedNodes < 1) {
        throw new IllegalArgumentException("assumedNodes must be 1 or more, was " + assumedNodes);
      }
      this.assumedNodes = assumedNodes;
      return this;
    }

    /** Sets where metrics go; nowhere by default. */
    public Builder meterRegistry(MeterRegistry registry) {
      this.registry = Objects.requireNonNull(registry, "registry");
      return this;
    }

    /** Sets the clock that leases and refusals are kept by, for tests. */
    Builder clock(MonotonicClock clock) {
      this.clock = clock;
      return this;
    }

    /**
     * Connects. If Redis does not answer within three seconds, that is no error but an outage.
     *
     * @return the limiters' owner, to be closed
     */
    public RedisRateLimiters build() {
      return new RedisRateLimiters(this);
    }
  }
}
