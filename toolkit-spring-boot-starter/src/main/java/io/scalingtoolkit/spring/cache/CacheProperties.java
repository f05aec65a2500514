// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.unit.DataSize;

/**
 * The properties under {@code toolkit.cache}. A property that is not one of them keeps the
 * application from starting.
 *
 * @param enabled whether there is a cache manager of the toolkit
 * @param onDemand whether a cache that is not named here is made in memory when it is first asked
 *     for; otherwise asking for it fails
 * @param fillInTransactions whether what is loaded inside a transaction is kept once it has
 *     committed
 * @param twoPhase whether evictions are announced before the commit of their transaction, so that
 *     nothing old stays cached if this process dies between the commit and the eviction
 * @param longestCommit how long that counts if the end of the commit is never told, 1 ms to 1 h;
 *     longer than a commit can take
 * @param defaults what holds for a cache that does not say otherwise
 * @param caches the caches by name
 * @param redis the Redis of those that are there
 */
@ConfigurationProperties(prefix = CacheProperties.PREFIX, ignoreUnknownFields = false)
record CacheProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("true") boolean onDemand,
    @DefaultValue("true") boolean fillInTransactions,
    @DefaultValue("false") boolean twoPhase,
    @DurationUnit(ChronoUnit.SECONDS) @DefaultValue("1m") Duration longestCommit,
    @DefaultValue Entries defaults,
    @DefaultValue Map<String, Entries> caches,
    @DefaultValue Redis redis) {
  static final String PREFIX = "toolkit.cache";

  /**
   * How a cache keeps its entries; numbers without a unit are seconds. What is not set is as in the
   * defaults, and there as with {@link io.scalingtoolkit.cache.TieredCacheBuilder}.
   *
   * @param tier where they are; memory unless set
   * @param valueType class of the values, for a cache in Redis, which needs it; with type
   *     parameters as in {@code java.util.List<com.example.Item>}
   * @param schema name of the form that values have in Redis; what was stored under another is
   *     loaded anew
   * @param compressFrom from how many bytes on a value is compressed in Redis; not at all unless
   *     set
   * @param timeToLive how long a value is handed out
   * @param redisTimeToLive how long it is in Redis, and may then be handed out by any process; as
   *     long as {@code timeToLive} unless set
   * @param absentTimeToLive how long null is remembered; not at all if zero, the default
   * @param maximumSize how many entries there are in memory at most
   * @param jitter part by which lifetimes in memory are shortened at random at most, 0 to 0.9
   * @param staleWhileRevalidate how long after its lifetime a value is handed out while it is
   *     loaded again
   * @param staleOnError how long after its lifetime a value is handed out if it cannot be loaded
   * @param retryAfterFailure how long such a value is then not loaded again
   * @param refreshAhead how eagerly a value is loaded before its lifetime ends, 0 to 100
   * @param softLoadTimeout how long a caller waits for a load if there is a stale value
   * @param loadTimeout how long a caller waits for a load
   */
  record Entries(
      @Nullable CacheTier tier,
      @Nullable String valueType,
      @Nullable String schema,
      @Nullable DataSize compressFrom,
      @DurationUnit(ChronoUnit.SECONDS) @Nullable Duration timeToLive,
      @DurationUnit(ChronoUnit.SECONDS) @Nullable Duration redisTimeToLive,
      @DurationUnit(ChronoUnit.SECONDS) @Nullable Duration absentTimeToLive,
      @Nullable Long maximumSize,
      @Nullable Double jitter,
      @DurationUnit(ChronoUnit.SECONDS) @Nullable Duration staleWhileRevalidate,
      @DurationUnit(ChronoUnit.SECONDS) @Nullable Duration staleOnError,
      @DurationUnit(ChronoUnit.SECONDS) @Nullable Duration retryAfterFailure,
      @Nullable Double refreshAhead,
      @DurationUnit(ChronoUnit.SECONDS) @Nullable Duration softLoadTimeout,
      @DurationUnit(ChronoUnit.SECONDS) @Nullable Duration loadTimeout) {
    static final Entries NONE =
        new Entries(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null,
            null);
  }

  /**
   * The Redis that processes share.
   *
   * @param uri its address as Lettuce reads it, such as {@code redis://user:password@host:6379}; of
   *     a cluster several nodes may be named, separated by commas
   * @param cluster whether it is a Redis Cluster
   * @param prefix what its keys begin with
   * @param timeout how long a call may wait for it, 1 ms to 10 s
   * @param lease after what time another process may load what one has begun to load, 100 ms to 1
   *     h; the same in all processes
   * @param bound how long an invalidation by another process can stay unknown, 300 ms to 1 min
   */
  record Redis(
      @Nullable String uri,
      @DefaultValue("false") boolean cluster,
      @DefaultValue("cache") String prefix,
      @DefaultValue("50ms") Duration timeout,
      @DefaultValue("3s") Duration lease,
      @DefaultValue("3s") Duration bound) {
    @Override
    public String toString() {
      return "Redis[" + prefix + "]"; // an address may hold a password
    }
  }
}
