// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Waiting for a permit takes no thread of the operating system from other virtual threads. */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadsTest {
  private static final int THREADS = 10_000;
  private static final String PINNED = "jdk.VirtualThreadPinned";

  @Test
  void acquire_tenThousandVirtualThreads_pinNone() throws Exception {
    RateLimiter limiter =
        RateLimiters.local(RateLimit.of(THREADS).per(Duration.ofSeconds(1)).burst(1));
    Queue<String> pinned = new ConcurrentLinkedQueue<>();
    ExecutorService virtual =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    try (RecordingStream events = new RecordingStream()) {
      // A class that is initialised on a virtual thread pins it, once.
      acquire(limiter, virtual, 100);
      events.enable(PINNED).withThreshold(Duration.ZERO).withStackTrace();
      events.onEvent(PINNED, event -> pinned.add(event.toString()));
      events.startAsync();
      acquire(limiter, virtual, THREADS);
      // Waits for what has happened so far; since Java 20.
      RecordingStream.class.getMethod("stop").invoke(events);
    } finally {
      virtual.shutdownNow();
    }

    assertThat(pinned).isEmpty();
  }

  private static void acquire(RateLimiter limiter, ExecutorService executor, int threads)
      throws Exception {
    List<Callable<Admission>> waiting =
        Collections.nCopies(threads, () -> limiter.acquire(1, Duration.ofSeconds(30)));
    for (Future<Admission> admission : executor.invokeAll(waiting)) {
      assertThat(admission.get(0, TimeUnit.SECONDS).isAdmitted()).isTrue();
    }
  }
}
