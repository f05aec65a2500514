// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.retry.RetryConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.overload.AdaptiveLimiter;
import io.scalingtoolkit.core.overload.Deadline;
import io.scalingtoolkit.core.overload.Outcome;
import io.scalingtoolkit.core.overload.OverloadedException;
import io.scalingtoolkit.core.overload.Permit;
import io.scalingtoolkit.core.overload.Priority;
import io.scalingtoolkit.core.overload.Verdict;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What {@code docs/guide/overload.md} shows. */
final class GuideTest {
  private final SimpleMeterRegistry meterRegistry = new SimpleMeterRegistry();

  private static String answer(String user) {
    return "hello " + user;
  }

  @Test
  void admission() {
    // snippet:limiter
    AdaptiveLimiter limiter =
        AdaptiveLimiter.builder("http")
            .deadline(Duration.ofMillis(200)) // how long callers wait
            .meterRegistry(meterRegistry)
            .build();
    // end
    assertThat(handle(limiter, "ann")).isEqualTo("hello ann");
    assertThat(limiter.inFlight()).isZero();
  }

  // snippet:handle
  static String handle(AdaptiveLimiter limiter, String user) {
    Verdict verdict = limiter.tryAcquire(Priority.DEFAULT, user);
    if (verdict instanceof Verdict.Rejected rejected) {
      throw OverloadedException.of(limiter.name(), rejected); // 503 with Retry-After
    }
    try (Permit permit = (Permit) verdict) { // closed without an outcome, it is IGNORED
      String answer = answer(user);
      permit.close(Outcome.SUCCESS);
      return answer;
    }
  }

  // end

  @Test
  void deadline() {
    String header = "150";
    // snippet:deadline
    try (Deadline deadline = Deadline.openFromHeader(header, Duration.ofSeconds(2))) {
      deadline.check("the report"); // throws when nobody waits any more
      String next = deadline.headerValue(); // for the next server, as Deadline.HEADER
      assertThat(Long.parseLong(next)).isLessThanOrEqualTo(150);
    }
    // end
  }

  @Test
  void downstream() throws Exception {
    ExecutorService executor = Executors.newCachedThreadPool();
    try {
      // snippet:downstream
      RetryBudget budget = RetryBudget.builder("prices").ratio(0.1).build();
      Downstream prices =
          Downstream.builder("prices")
              .timeout(Duration.ofSeconds(1))
              .retry(
                  RetryConfig.custom().maxAttempts(3).waitDuration(Duration.ofMillis(20)).build())
              .budget(budget)
              .hedge(Hedge.builder(budget).build(), executor)
              .build();
      String price = prices.callIdempotent(() -> "42"); // retried and hedged
      String order = prices.call(() -> "ordered"); // once
      // end
      assertThat(price + order).isEqualTo("42ordered");
    } finally {
      executor.shutdownNow();
    }
  }
}
