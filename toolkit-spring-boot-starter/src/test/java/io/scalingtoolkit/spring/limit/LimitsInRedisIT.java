// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.spring.web.RawClient;
import io.scalingtoolkit.spring.web.RawClient.Answer;
import io.scalingtoolkit.spring.web.WebApplication;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two applications that share their limits through a real Redis. */
class LimitsInRedisIT {
  private static final int LIMIT = 30;

  private static RedisServer redis;
  private static WebApplication one;
  private static WebApplication other;

  @BeforeAll
  static void start() {
    redis = RedisServer.builder().password("secret").start();
    one = application();
    other = application();
  }

  @AfterAll
  static void stop() {
    one.close();
    other.close();
    redis.close();
  }

  @BeforeEach
  void beginAnew() {
    redis.flush();
  }

  private static WebApplication application() {
    return WebApplication.start(
        "toolkit.limits.backend=redis",
        "toolkit.limits.redis.uri=redis://:secret@127.0.0.1:" + redis.port(),
        "toolkit.limits.redis.timeout=2s", // a busy machine is no outage
        "toolkit.limits.policies.ip.permits=" + LIMIT,
        "toolkit.limits.policies.ip.period=1d",
        "toolkit.limits.policies.ip.key=ip");
  }

  private static int granted(RawClient client, int requests) {
    int granted = 0;
    for (int i = 0; i < requests; i++) {
      int status = client.get("/items").status();
      assertThat(status).isIn(200, 429);
      granted += status == 200 ? 1 : 0;
    }
    return granted;
  }

  @Test
  void twoApplications_shareALimit() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<Integer>> counts = new ArrayList<>();
      for (WebApplication app : List.of(one, other, one, other)) {
        counts.add(pool.submit(() -> granted(app.client().from("127.0.0.11"), 20)));
      }
      int granted = 0;
      for (Future<Integer> count : counts) {
        granted += count.get(60, TimeUnit.SECONDS);
      }
      assertThat(granted).isEqualTo(LIMIT);
    } finally {
      pool.shutdownNow();
    }
    Answer refused = other.client().from("127.0.0.11").get("/items");
    assertThat(refused.header("RateLimit-Policy")).isEqualTo("\"ip\";q=30;w=86400");
    assertThat(refused.header("RateLimit")).matches("\"ip\";r=0;t=28(80|79)");
    assertThat(one.bean(LimitPolicies.class).status().get(0).backend()).isEqualTo("redis");
  }

  @Test
  void requests_whileRedisIsAway_areAnsweredByAShareOfTheLimit() {
    redis.kill();
    try {
      int granted = granted(one.client().from("127.0.0.12"), 40);

      assertThat(granted).isBetween(1, LIMIT);
    } finally {
      redis.restart();
    }
    AtomicInteger attempts = new AtomicInteger();
    Awaitility.await("both ask Redis again")
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              // One that has asked before owes, whatever Redis has forgotten.
              String fresh = "127.0.1." + attempts.incrementAndGet();
              return granted(one.client().from(fresh), LIMIT)
                      + granted(other.client().from(fresh), LIMIT)
                  == LIMIT;
            });
  }

  @Test
  void policy_thatComesBack_goesOnCounting() {
    LimitPolicies policies = one.bean(LimitPolicies.class);
    assertThat(granted(one.client().from("127.0.0.14"), 10)).isEqualTo(10);

    policies.replace(List.of());
    assertThat(granted(one.client().from("127.0.0.14"), 50)).isEqualTo(50);
    policies.reload();

    assertThat(granted(one.client().from("127.0.0.14"), 40)).isEqualTo(LIMIT - 10);
  }
}
