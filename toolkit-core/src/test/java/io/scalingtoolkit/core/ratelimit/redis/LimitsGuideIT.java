// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimiters;
import io.scalingtoolkit.core.ratelimit.Reservation;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The snippets of the guide, running. */
final class LimitsGuideIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  @Test
  void local() throws InterruptedException {
    String user = "ann";
    // snippet:local
    RateLimit limit =
        RateLimit.of(100)
            .per(Duration.ofSeconds(1))
            .burst(200)
            .and(RateLimit.of(10_000).per(Duration.ofHours(1)));
    KeyedRateLimiter<String> perUser = RateLimiters.keyed(limit);
    // end
    // snippet:answer
    Admission admission = perUser.tryAcquire(user);
    if (admission instanceof Admission.Rejected rejected) {
      Duration retryAfter = rejected.retryAfter(); // enough, if nobody else asks
      assertThat(retryAfter).isPositive();
    }
    // end
    assertThat(admission.isAdmitted()).isTrue();
    // snippet:wait
    RateLimiter mails = RateLimiters.local(RateLimit.of(50).per(Duration.ofSeconds(1)));
    mails.acquire(1, Duration.ofSeconds(5)); // waits for its turn, or is told at once
    Reservation turn = mails.reserve(1, Duration.ofSeconds(5)); // does not wait
    CompletionStage<Admission> later = mails.acquireAsync(1, Duration.ofSeconds(5));
    // end
    assertThat(turn).isInstanceOf(Reservation.Held.class);
    assertThat(later).succeedsWithin(Duration.ofSeconds(10));
  }

  @Test
  void redis() {
    RedisClient redisClient = RedisClient.create(REDIS.server().uri());
    // snippet:redis
    RedisRateLimiters limiters =
        RedisRateLimiters.builder(redisClient) // or a RedisClusterClient
            .group("shop")
            .outage(RedisRateLimiters.Outage.LOCAL_SHARE)
            .meterRegistry(new SimpleMeterRegistry())
            .build();
    KeyedRateLimiter<String> logins =
        limiters.keyed("logins", RateLimit.of(5).per(Duration.ofHours(1)));
    KeyedRateLimiter<Long> calls =
        limiters.keyed(
            "calls",
            RateLimit.of(5_000).per(Duration.ofSeconds(1)),
            RedisRateLimiters.Mode.LEASED,
            customer -> Long.toString(customer));
    // end
    assertThat(logins.tryAcquire("ann").isAdmitted()).isTrue();
    assertThat(calls.tryAcquire(4711L).isAdmitted()).isTrue();
    limiters.close();
    redisClient.shutdown();
  }
}
