// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * What a limiter admits while threads ask it without a pause; immutable.
 *
 * <p>When a permit was granted is known as an interval: it lies between the clock before the call
 * and the clock after it. Windows count only what certainly lies in them, so a thread that loses
 * its processor between the call and the clock cannot be taken for a burst.
 *
 * @param seconds how long they asked
 * @param granted how many permits they got
 * @param worstSecond the most that certainly were granted in some 1 s
 * @param worstTenth the most that certainly were granted in some 100 ms
 */
public record GrantedWindows(double seconds, long granted, int worstSecond, int worstTenth) {
  private static final double NANOS_PER_SECOND = 1e9;

  /** A permit that was granted in between; nanoseconds. */
  record Grant(long after, long before) {}

  /**
   * Asks {@code gate} from {@code threads} threads for some time.
   *
   * @throws InterruptedException if interrupted meanwhile
   */
  public static GrantedWindows measure(Gate gate, int threads, double seconds)
      throws InterruptedException {
    CountDownLatch start = new CountDownLatch(1);
    List<List<Grant>> all = new ArrayList<>();
    List<Thread> running = new ArrayList<>();
    long nanos = (long) (seconds * NANOS_PER_SECOND);
    for (int i = 0; i < threads; i++) {
      List<Grant> own = new ArrayList<>();
      all.add(own);
      Thread thread = new Thread(() -> ask(gate, start, nanos, own), "ask-" + i);
      thread.start();
      running.add(thread);
    }
    start.countDown();
    for (Thread thread : running) {
      thread.join();
    }
    return of(all.stream().flatMap(List::stream).toList(), seconds);
  }

  private static void ask(Gate gate, CountDownLatch start, long nanos, List<Grant> own) {
    try {
      start.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    long from = System.nanoTime();
    long before = from;
    while (before - from < nanos) {
      if (gate.tryAcquire()) {
        own.add(new Grant(before, System.nanoTime()));
      }
      before = System.nanoTime();
    }
  }

  static GrantedWindows of(List<Grant> grants, double seconds) {
    long[] starts = grants.stream().mapToLong(Grant::after).sorted().toArray();
    long[] ends = grants.stream().mapToLong(Grant::before).sorted().toArray();
    return new GrantedWindows(
        seconds,
        grants.size(),
        worst(starts, ends, (long) NANOS_PER_SECOND),
        worst(starts, ends, (long) NANOS_PER_SECOND / 10));
  }

  /**
   * Of the grants that ended by the end of a window, those that began before it are not its own: as
   * many as began before, less those that still go on at its end, which are left out as well.
   */
  private static int worst(long[] starts, long[] ends, long window) {
    int worst = 0;
    int ended = 0;
    for (int i = 0; i < starts.length; i++) {
      while (ended < ends.length && ends[ended] <= starts[i] + window) {
        ended++;
      }
      worst = Math.max(worst, ended - i);
    }
    return worst;
  }
}
