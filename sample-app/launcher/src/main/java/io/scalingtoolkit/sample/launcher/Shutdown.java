// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How a process came to its end. */
enum Shutdown {
  /** It ended by itself when asked to. */
  GRACEFUL,
  /** It did not end in time and was killed. */
  FORCED,
  /** It belongs to somebody else and still runs. */
  REFUSED;

  /** The application lets requests in flight finish for up to 30 s. */
  static final Duration GRACE = Duration.ofSeconds(35);

  /** Database servers are shut down after it, each for up to a minute. */
  static final Duration SUPERVISED_GRACE = GRACE.plusSeconds(130);

  private static final Duration KILL_DEADLINE = Duration.ofSeconds(5);

  /** Asks the process to end, waits for at most {@code grace}, and kills it after that. */
  static Shutdown of(ProcessHandle process, Duration grace) throws InterruptedException {
    if (!process.destroy() && process.isAlive()) {
      return REFUSED;
    }
    if (ended(process, grace)) {
      return GRACEFUL;
    }
    process.destroyForcibly();
    return ended(process, KILL_DEADLINE) ? FORCED : REFUSED;
  }

  private static boolean ended(ProcessHandle process, Duration limit) throws InterruptedException {
    try {
      process.onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException stillRuns) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for process " + process.pid() + " failed", e);
    }
  }
}
