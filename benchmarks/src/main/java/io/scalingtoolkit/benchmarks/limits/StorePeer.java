// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.redis.RedisRateLimiters;
import io.scalingtoolkit.core.ratelimit.redis.RedisRateLimiters.Mode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.redisson.Redisson;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/** Limiters that share their limits through Redis. */
public enum StorePeer {
  /** Ours, one command a decision; known refusals are not asked again. */
  STRICT("toolkit strict") {
    @Override
    Keys open(String url, long rate, long burst) {
      return ours(url, rate, burst, Mode.STRICT);
    }
  },

  /** Ours, permits in leases that are paid before they are spent. */
  LEASED("toolkit leased") {
    @Override
    Keys open(String url, long rate, long burst) {
      return ours(url, rate, burst, Mode.LEASED);
    }
  },

  /** Bucket4j over Lettuce: reads the state, decides, and writes it by compare-and-swap. */
  BUCKET4J("bucket4j cas") {
    @Override
    Keys open(String url, long rate, long burst) {
      return bucket4j(url, rate, burst, false);
    }
  },

  /** The same with its batching, which sends what waits in this process together. */
  BUCKET4J_BATCHING("bucket4j batching") {
    @Override
    Keys open(String url, long rate, long burst) {
      return bucket4j(url, rate, burst, true);
    }
  },

  /** Redisson's RRateLimiter, a script over a log of grants; it has a window and no burst. */
  REDISSON("redisson") {
    @Override
    Keys open(String url, long rate, long burst) {
      Config config = new Config();
      config.useSingleServer().setAddress(url);
      RedissonClient client = Redisson.create(config);
      Map<String, RRateLimiter> limiters = new ConcurrentHashMap<>();
      Function<String, RRateLimiter> make =
          key -> {
            RRateLimiter limiter = client.getRateLimiter(key);
            limiter.trySetRate(RateType.OVERALL, rate, Duration.ofSeconds(1));
            return limiter;
          };
      return new Keys(key -> limiters.computeIfAbsent(key, make).tryAcquire(), client::shutdown);
    }
  };

  private static final Duration SECOND = Duration.ofSeconds(1);

  private final String label;

  StorePeer(String label) {
    this.label = label;
  }

  /** The name in the tables. */
  public String label() {
    return label;
  }

  /** A limiter with keys; thread-safe. */
  public record Keys(Decision decision, Runnable closing) implements AutoCloseable {
    boolean tryAcquire(String key) {
      return decision.tryAcquire(key);
    }

    @Override
    public void close() {
      closing.run();
    }
  }

  /** Takes a permit of a key if it is there. */
  @FunctionalInterface
  public interface Decision {
    /** Tells whether it was there. */
    boolean tryAcquire(String key);
  }

  /** Connects to an empty Redis. */
  abstract Keys open(String url, long rate, long burst);

  private static Keys ours(String url, long rate, long burst, Mode mode) {
    RedisClient client = RedisClient.create(url);
    // A machine with more work than cores answers late; an outage is not what is measured.
    RedisRateLimiters limiters =
        RedisRateLimiters.builder(client).timeout(Duration.ofSeconds(1)).build();
    KeyedRateLimiter<String> limiter =
        limiters.keyed("bench", RateLimit.of(rate).per(SECOND).burst(burst), mode);
    return new Keys(
        key -> limiter.tryAcquire(key).isAdmitted(),
        () -> {
          limiters.close();
          client.shutdown();
        });
  }

  private static Keys bucket4j(String url, long rate, long burst, boolean batching) {
    RedisClient client = RedisClient.create(url);
    ProxyManager<byte[]> proxies =
        Bucket4jLettuce.casBasedBuilder(client)
            .expirationAfterWrite(
                ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(SECOND))
            .build();
    BucketConfiguration configuration =
        BucketConfiguration.builder()
            .addLimit(limit -> limit.capacity(burst).refillGreedy(rate, SECOND))
            .build();
    Map<String, io.github.bucket4j.Bucket> buckets = new ConcurrentHashMap<>();
    Function<String, io.github.bucket4j.Bucket> make =
        key -> {
          var builder = proxies.builder();
          if (batching) {
            builder = builder.withOptimization(Optimizations.batching());
          }
          return builder.build(key.getBytes(StandardCharsets.UTF_8), () -> configuration);
        };
    return new Keys(key -> buckets.computeIfAbsent(key, make).tryConsume(1), client::shutdown);
  }
}
