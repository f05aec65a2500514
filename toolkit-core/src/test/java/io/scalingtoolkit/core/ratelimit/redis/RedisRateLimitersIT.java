// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits decided by a real Redis. */
final class RedisRateLimitersIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final RateLimit TEN_A_DAY = RateLimit.of(10).per(Duration.ofDays(1));
  // So that a busy machine does not look like an outage.
  private static final Duration PATIENT = Duration.ofSeconds(5);

  private static RedisClient client;

  @BeforeAll
  static void openClient() {
    client = RedisClient.create(REDIS.server().uri());
  }

  @AfterAll
  static void closeClient() {
    client.shutdown();
  }

  private static RedisRateLimiters open() {
    return RedisRateLimiters.builder(client).timeout(PATIENT).build();
  }

  private static long calls() {
    String stats = REDIS.server().command("INFO", "commandstats").text();
    long calls = 0;
    for (String command : new String[] {"cmdstat_evalsha:calls=", "cmdstat_eval:calls="}) {
      int at = stats.indexOf(command);
      if (at >= 0) {
        String rest = stats.substring(at + command.length());
        calls += Long.parseLong(rest.substring(0, rest.indexOf(',')));
      }
    }
    return calls;
  }

  @Test
  void limit_ofTwoProcesses_isOne() {
    try (RedisRateLimiters one = open();
        RedisRateLimiters two = open()) {
      KeyedRateLimiter<String> here = one.keyed("shared", TEN_A_DAY);
      KeyedRateLimiter<String> there = two.keyed("shared", TEN_A_DAY);
      for (int i = 0; i < 5; i++) {
        assertThat(here.tryAcquire("ann").isAdmitted()).isTrue();
        assertThat(there.tryAcquire("ann").isAdmitted()).isTrue();
      }
      assertThat(here.tryAcquire("ann").isAdmitted()).isFalse();
      assertThat(there.tryAcquire("ann").isAdmitted()).isFalse();
      assertThat(there.tryAcquire("bob").isAdmitted()).isTrue();
    }
  }
}
