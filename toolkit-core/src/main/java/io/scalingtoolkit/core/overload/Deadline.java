// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The moment until which somebody waits for the answer, for a stretch of work on this thread.
 *
 * <p>Open one per request with try-with-resources, with the time the caller gives or the longest
 * your service takes. Inside, {@link #current()} tells what is left, {@link AdaptiveLimiter} and
 * {@code Downstream} refuse what comes too late, and {@link #headerValue} goes along with calls to
 * other servers. One opened inside another never ends later than it.
 *
 * <p>Between processes it is the time left, in whole milliseconds, because clocks differ; the time
 * on the way is not counted, so a deadline grows by it at each hop (as gRPC's {@code grpc-timeout}
 * does).
 *
 * <p>Thread-safe, except that {@link #close} is for the thread that opened it. It never blocks.
 */
public final class Deadline implements AutoCloseable {
  /** The header in which {@link #headerValue} goes from one server to the next. */
  public static final String HEADER = "Toolkit-Deadline-Ms";

  /** Longer ones are brought down to this. */
  public static final Duration LONGEST = Duration.ofDays(1);

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final int MAX_DIGITS = 18;
  private static final ThreadLocal<@Nullable Deadline> CURRENT = new ThreadLocal<>();

  private final MonotonicClock clock;
  private final long atNanos;
  private final @Nullable Deadline enclosing;
  private final Thread owner;
  // Read and written by the owner alone.
  private boolean closed;

  private Deadline(MonotonicClock clock, long atNanos, @Nullable Deadline enclosing) {
    this.clock = clock;
    this.atNanos = atNanos;
    this.enclosing = enclosing;
    this.owner = Thread.currentThread();
  }

  /**
   * Opens a deadline that long from now, or at the one around it if that is earlier, and makes it
   * current on this thread.
   *
   * @param timeout zero or less is a deadline that has passed; more than a day is a day
   */
  public static Deadline open(Duration timeout) {
    Deadline outer = current();
    return open(timeout, outer == null ? MonotonicClock.system() : outer.clock);
  }

  /**
   * As {@link #open(Duration)}, on a clock of the caller's.
   *
   * @throws IllegalArgumentException if there is one around it with another clock
   */
  public static Deadline open(Duration timeout, MonotonicClock clock) {
    Objects.requireNonNull(timeout, "timeout");
    Objects.requireNonNull(clock, "clock");
    Deadline outer = current();
    if (outer != null && outer.clock != clock) {
      throw new IllegalArgumentException(
          "clock must be that of the deadline around this one, " + outer.clock);
    }
    long left = timeout.isNegative() ? 0 : nanos(timeout);
    long at = clock.nanoTime() + left;
    if (outer != null && outer.atNanos - at < 0) {
      at = outer.atNanos;
    }
    Deadline opened = new Deadline(clock, at, outer);
    CURRENT.set(opened);
    return opened;
  }

  /**
   * Opens the deadline that came in a {@value #HEADER}, or the longest this service takes if that
   * is earlier or none came.
   *
   * @param header null for none; what is not a number of milliseconds counts as none, so that a
   *     caller's mistake does not fail the request
   * @param longest as for {@link #open(Duration)}
   */
  public static Deadline openFromHeader(@Nullable String header, Duration longest) {
    Duration asked = header == null ? null : parse(header);
    return open(asked == null || asked.compareTo(longest) > 0 ? longest : asked);
  }

  private static @Nullable Duration parse(String header) {
    String text = header.strip();
    if (text.isEmpty() || text.length() > MAX_DIGITS) {
      return null;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return null;
      }
    }
    return Duration.ofMillis(Long.parseLong(text));
  }

  private static long nanos(Duration timeout) {
    return timeout.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : timeout.toNanos();
  }

  /** Returns the deadline of the work on this thread, or null if there is none. */
  public static @Nullable Deadline current() {
    return CURRENT.get();
  }

  /** Returns how long it still is, zero when it has passed. */
  public Duration remaining() {
    return Duration.ofNanos(remainingNanos());
  }

  /** Returns how long it still is in nanoseconds, 0 when it has passed. */
  public long remainingNanos() {
    return Math.max(0, atNanos - clock.nanoTime());
  }

  /** Tells whether it has passed. */
  public boolean isExpired() {
    return atNanos - clock.nanoTime() <= 0;
  }

  /**
   * Does nothing while there is time left.
   *
   * @param what what would be begun, for the message
   * @throws DeadlineExceededException if it has passed
   */
  public void check(String what) {
    if (isExpired()) {
      throw new DeadlineExceededException(what + " was not begun: its deadline has passed");
    }
  }

  /** Returns what is left in whole milliseconds, rounded down, for a {@value #HEADER} header. */
  public String headerValue() {
    return Long.toString(remainingNanos() / NANOS_PER_MILLI);
  }

  /**
   * Ends this one and makes the one around it current again; those left open inside end too. A
   * second call does nothing.
   *
   * @throws IllegalStateException if called by another thread than the one that opened it
   */
  @Override
  public void close() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "a deadline must be closed by the thread that opened it, was closed by "
              + Thread.currentThread().getName());
    }
    if (closed) {
      return;
    }
    closed = true;
    for (Deadline each = current(); each != null; each = each.enclosing) {
      if (each == this) {
        replace(enclosing);
        return;
      }
    }
  }

  /** Makes one current on this thread, or none, and returns what was. */
  static @Nullable Deadline replace(@Nullable Deadline deadline) {
    Deadline before = CURRENT.get();
    if (deadline == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(deadline);
    }
    return before;
  }

  /** Returns a task that has the deadline current now, or none, on whatever thread it runs. */
  public static Runnable wrap(Runnable task) {
    Objects.requireNonNull(task, "task");
    Deadline captured = current();
    return () -> {
      Deadline before = replace(captured);
      try {
        task.run();
      } finally {
        replace(before);
      }
    };
  }

  /** Returns a task that has the deadline current now, or none, on whatever thread it runs. */
  public static <T extends @Nullable Object> Callable<T> wrap(Callable<T> task) {
    Objects.requireNonNull(task, "task");
    Deadline captured = current();
    return () -> {
      Deadline before = replace(captured);
      try {
        return task.call();
      } finally {
        replace(before);
      }
    };
  }

  /** Returns an executor whose tasks have the deadline that is current where they are handed in. */
  public static Executor wrap(Executor executor) {
    Objects.requireNonNull(executor, "executor");
    return task -> executor.execute(wrap(task));
  }

  @Override
  public String toString() {
    return "Deadline[" + remaining() + "]";
  }
}
