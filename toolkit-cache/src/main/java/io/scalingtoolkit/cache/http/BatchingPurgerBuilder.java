// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.ratelimit.RateLimiter;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings of a {@link BatchingPurger}. What breaks its rule is refused at once with an {@link
 * IllegalArgumentException} that names it. Confined.
 */
public final class BatchingPurgerBuilder {
  private static final Logger LOG = LoggerFactory.getLogger(BatchingPurger.class);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final int LARGEST_BATCH = 10_000;
  private static final int MOST_WAITING = 10_000_000;
  private static final Duration MILLISECOND = Duration.ofMillis(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration LONGEST = Duration.ofDays(366);

  final String name;
  final Purger cache;
  int batchSize = 100;
  int maxWaiting = 10_000;
  @Nullable RateLimiter limiter;
  Duration firstBackoff = Duration.ofMillis(200);
  Duration longestBackoff = Duration.ofSeconds(30);
  Duration giveUpAfter = HOUR;
  Duration again = Duration.ofSeconds(3);
  Duration closeTimeout = Duration.ofSeconds(5);
  @Nullable MeterRegistry registry;
  Consumer<? super LostPurge> onLost =
      lost ->
          LOG.warn(
              "{} tags and URLs were not purged and may be handed out until their lifetime ends: {}",
              lost.what().size(),
              lost.what(),
              lost.why());
  MonotonicClock clock = MonotonicClock.system();
  DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();
  @Nullable Timer timer;

  BatchingPurgerBuilder(String name, Purger cache) {
    if (!NAME.matcher(Objects.requireNonNull(name, "name")).matches()) {
      throw new IllegalArgumentException(
          "name must be 1 to 64 letters, digits, dots, hyphens or underscores, was " + name);
    }
    this.name = name;
    this.cache = Objects.requireNonNull(cache, "cache");
  }

  /** Sets how many tags and URLs go in one request, 1 to 10,000, 100 by default. */
  public BatchingPurgerBuilder batchSize(int targets) {
    this.batchSize = checked("batchSize", targets, LARGEST_BATCH);
    return this;
  }

  /**
   * Sets how many tags and URLs may wait, those being sent and second purges included, 1 to
   * 10,000,000, 10,000 by default.
   */
  public BatchingPurgerBuilder maxWaiting(int targets) {
    this.maxWaiting = checked("maxWaiting", targets, MOST_WAITING);
    return this;
  }

  /**
   * Sets what limits requests, each of which takes one permit; none by default. A CDN counts what
   * all processes send: share its limit with a limiter in Redis.
   */
  public BatchingPurgerBuilder limiter(RateLimiter limiter) {
    this.limiter = Objects.requireNonNull(limiter, "limiter");
    return this;
  }

  /**
   * Sets how long a request waits before it is repeated: the first time and, doubled each time, at
   * most; 1 ms to 1 hour, 200 ms and 30 seconds by default. Up to a half is left out at random. If
   * the cache says how long to wait, that is done instead.
   */
  public BatchingPurgerBuilder backoff(Duration first, Duration longest) {
    this.firstBackoff = checked("first backoff", first, MILLISECOND, HOUR);
    this.longestBackoff = checked("longest backoff", longest, first, HOUR);
    return this;
  }

  /**
   * Sets how long a purge is tried, 1 ms to 366 days, 1 hour by default. After the longest time
   * that the cache may hand an answer out there is nothing left to purge.
   */
  public BatchingPurgerBuilder giveUpAfter(Duration time) {
    this.giveUpAfter = checked("giveUpAfter", time, MILLISECOND, LONGEST);
    return this;
  }

  /**
   * Sets how long after a purge it is done once more, 0 to 1 hour, 3 seconds by default; with 0 it
   * is not. It should be as long as another process may hand out old data, plus the time in which
   * an answer is made and sent.
   */
  public BatchingPurgerBuilder again(Duration after) {
    this.again = checked("again", after, Duration.ZERO, HOUR);
    return this;
  }

  /**
   * Sets how long {@link BatchingPurger#close} sends what waits, 0 to 1 hour, 5 seconds by default.
   */
  public BatchingPurgerBuilder closeTimeout(Duration time) {
    this.closeTimeout = checked("closeTimeout", time, Duration.ZERO, HOUR);
    return this;
  }

  /** Sets who is told of what was not purged; a warning in the log by default. Must be short. */
  public BatchingPurgerBuilder onLost(Consumer<? super LostPurge> listener) {
    this.onLost = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /** Sets where metrics go; nowhere by default. */
  public BatchingPurgerBuilder meterRegistry(MeterRegistry registry) {
    this.registry = Objects.requireNonNull(registry, "registry");
    return this;
  }

  BatchingPurgerBuilder time(MonotonicClock clock, Timer timer, DoubleSupplier random) {
    this.clock = clock;
    this.timer = timer;
    this.random = random;
    return this;
  }

  private static int checked(String setting, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "%s must be 1 to %d, was %d".formatted(setting, most, value));
    }
    return value;
  }

  private static Duration checked(String setting, Duration time, Duration least, Duration most) {
    Objects.requireNonNull(time, setting);
    if (time.compareTo(least) < 0 || time.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "%s must be %s to %s, was %s".formatted(setting, least, most, time));
    }
    return time;
  }

  /** Makes the purger, which runs until it is closed. */
  public BatchingPurger build() {
    return new BatchingPurger(this);
  }
}
