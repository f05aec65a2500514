// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A point in monotonic time until which a wait may last. Immutable. */
public final class Deadline {
  private static final long POLL_MILLIS = 5;

  private final long endNanos;
  private final Duration limit;

  private Deadline(Duration limit) {
    this.limit = limit;
    this.endNanos = System.nanoTime() + limit.toNanos();
  }

  /** Returns the deadline that lies {@code limit} from now. */
  public static Deadline in(Duration limit) {
    return new Deadline(limit);
  }

  /** Says whether the time is over. */
  public boolean isOver() {
    return System.nanoTime() - endNanos >= 0;
  }

  /** Returns the time left, zero when it is over. */
  public Duration left() {
    return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
  }

  /**
   * Waits until the condition holds, asking every 5 ms and at least once.
   *
   * <p>A condition that throws counts as not yet met; the last such exception is the cause of the
   * time-out. An {@link EngineException} is not waited out: it ends the wait at once.
   *
   * @param what completes the sentence "gave up waiting until …"
   * @throws EngineException when the time is over or the thread is interrupted
   */
  public void await(String what, Callable<Boolean> condition) {
    await(() -> what, condition);
  }

  /** As {@link #await(String, Callable)}, with a description that is made when it is needed. */
  public void await(Supplier<String> what, Callable<Boolean> condition) {
    @Nullable Exception last = null;
    while (true) {
      try {
        if (condition.call()) {
          return;
        }
        last = null;
      } catch (EngineException e) {
        throw e;
      } catch (Exception e) {
        last = e;
      }
      if (isOver()) {
        String message = "gave up after " + limit.toMillis() + " ms waiting until " + what.get();
        throw last == null ? new EngineException(message) : new EngineException(message, last);
      }
      pause(what);
    }
  }

  private static void pause(Supplier<String> what) {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while waiting until " + what.get(), e);
    }
  }
}
