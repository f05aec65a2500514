// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Many threads at once on a clock that stands still: what is there is given once. */
final class RateLimiterConcurrencyTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 200;
  private static final int BURST = 5_000;
  private static final RateLimit LIMIT = RateLimit.of(BURST).per(Duration.ofDays(1));

  private static long admitted(BooleanSupplier call, Runnable meanwhile)
      throws InterruptedException {
    AtomicLong admitted = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Thread thread =
          new Thread(
              () -> {
                while (call.getAsBoolean()) {
                  admitted.incrementAndGet();
                }
              });
      threads.add(thread);
      thread.start();
    }
    meanwhile.run();
    for (Thread thread : threads) {
      thread.join();
    }
    return admitted.get();
  }

  @Test
  void permits_takenByMany_areGivenOnce_alsoWhileTheLimitIsSetAgain() throws InterruptedException {
    for (int round = 0; round < ROUNDS / 10; round++) {
      RateLimiter single = RateLimiters.local(LIMIT, () -> 0);
      RateLimiter several =
          RateLimiters.local(LIMIT.and(RateLimit.of(BURST).per(Duration.ofDays(2))), () -> 0);
      for (RateLimiter limiter : List.of(single, several)) {
        RateLimit same = limiter.limit();
        long admitted =
            admitted(
                () -> limiter.tryAcquire().isAdmitted(),
                () -> {
                  for (int i = 0; i < ROUNDS; i++) {
                    limiter.setLimit(same);
                  }
                });
        assertThat(admitted).isEqualTo(BURST);
      }
    }
  }

  @Test
  void permitsOfOneKey_takenByMany_areGivenOnce_alsoWhileOthersComeAndGo()
      throws InterruptedException {
    for (int round = 0; round < ROUNDS / 10; round++) {
      AtomicLong now = new AtomicLong();
      KeyedRateLimiter<Integer> limiter = RateLimiters.keyed(LIMIT, 50, now::get);
      assertThat(limiter.tryAcquire(0).isAdmitted()).as("a place before the others").isTrue();
      AtomicLong others = new AtomicLong();
      long admitted =
          admitted(
              () -> {
                limiter.tryAcquire((int) others.incrementAndGet());
                return limiter.tryAcquire(0).isAdmitted();
              },
              () -> {
                for (int i = 0; i < ROUNDS; i++) {
                  limiter.setLimit(LIMIT);
                }
              });
      assertThat(admitted).isEqualTo(BURST - 1);
    }
  }
}
