// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.overload.Deadline;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes a call a second time, elsewhere, when the first takes longer than calls usually do; the
 * first answer counts.
 *
 * <p>Only for calls that may be made twice. The delay is a quantile of the latest latencies, so
 * that it follows the server, and each hedge is taken out of a {@link RetryBudget}. A failure
 * counts only when no attempt is left that could still succeed: a hedge that fails does not end a
 * first attempt that is under way, nor the other way round. Whoever comes second is cancelled.
 * (Dean and Barroso, The Tail at Scale, 2013.)
 *
 * <p>Thread-safe; it never blocks.
 */
public final class Hedge {
  private static final double MIN_QUANTILE = 0.5;
  private static final double MAX_QUANTILE = 0.999;

  private final RetryBudget budget;
  private final LatencyQuantile latencies;
  private final long leastNanos;
  private final MonotonicClock clock;
  private final Timer timer;
  private final DownstreamCounters counters;

  /** Runs something later. Thread-safe. */
  @FunctionalInterface
  public interface Timer {
    /**
     * Runs {@code task} once, that much later, on another thread than the caller's.
     *
     * @param delayNanos above 0
     */
    void schedule(long delayNanos, Runnable task);

    /** Returns the timer that {@link CompletableFuture} uses. */
    static Timer system() {
      return (delayNanos, task) -> {
        var unused =
            CompletableFuture.runAsync(
                task, CompletableFuture.delayedExecutor(delayNanos, TimeUnit.NANOSECONDS));
      };
    }
  }

  private Hedge(Builder builder) {
    this.budget = builder.budget;
    this.latencies = new LatencyQuantile(builder.quantile);
    this.leastNanos = builder.minDelay.toNanos();
    this.clock = builder.clock;
    this.timer = builder.timer;
    this.counters = new DownstreamCounters(budget.name(), builder.registry);
  }

  /** Begins a hedge whose calls are taken out of that budget. */
  public static Builder builder(RetryBudget budget) {
    return new Builder(budget);
  }

  /** Tells whether hedges are taken out of that budget. */
  boolean uses(RetryBudget other) {
    return budget == other;
  }

  /** Returns the delay of the next hedge, or null while too little is known to make one. */
  public @Nullable Duration delay() {
    long nanos = latencies.nanos();
    return nanos < 0 ? null : Duration.ofNanos(Math.max(leastNanos, nanos));
  }

  /**
   * Makes a call, counts it as an original of the budget, and hedges it.
   *
   * @param attempt makes the call and does not block; it is given 0 for the first attempt and 1 for
   *     the hedge, which should go to another server
   * @return the first answer, or the failure of the first attempt; cancelling it cancels both
   */
  public <T extends @Nullable Object> CompletableFuture<T> call(
      IntFunction<? extends CompletionStage<T>> attempt) {
    budget.original();
    return hedged(attempt);
  }

  /** As {@link #call}, of a call that is counted already. */
  <T extends @Nullable Object> CompletableFuture<T> hedged(
      IntFunction<? extends CompletionStage<T>> attempt) {
    Race<T> race = new Race<>(attempt);
    race.start();
    return race.winner;
  }

  private final class Race<T extends @Nullable Object> {
    private final IntFunction<? extends CompletionStage<T>> attempt;
    private final @Nullable Deadline deadline = Deadline.current();
    private final CompletableFuture<T> winner = new CompletableFuture<>();
    private final @Nullable CompletableFuture<T>[] attempts = newArray();
    private final long startNanos = clock.nanoTime();
    // Guarded by this.
    private int running;
    private boolean over;
    private @Nullable Throwable failure;

    private Race(IntFunction<? extends CompletionStage<T>> attempt) {
      this.attempt = attempt;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private @Nullable CompletableFuture<T>[] newArray() {
      return new CompletableFuture[2];
    }

    void start() {
      var unused = winner.whenComplete((answer, problem) -> cancelRest());
      launch(0);
      Duration delay = delay();
      if (delay != null && !winner.isDone()) {
        // On the timer's thread the hedge has the deadline that the first attempt has.
        Runnable later = this::hedge;
        timer.schedule(delay.toNanos(), Deadline.wrap(later));
      }
    }

    private void hedge() {
      synchronized (this) {
        // Without an attempt under way there is nothing to be faster than.
        if (over || running == 0) {
          return;
        }
      }
      if (deadline != null && deadline.isExpired()) {
        return;
      }
      if (!budget.tryWithdraw()) {
        counters.hedge("refused");
        return;
      }
      counters.hedge("sent");
      launch(1);
    }

    private void launch(int number) {
      synchronized (this) {
        if (over) {
          return;
        }
        running++;
      }
      CompletableFuture<T> future;
      try {
        future = attempt.apply(number).toCompletableFuture();
      } catch (RuntimeException | Error e) {
        // Also of no memory for a thread: a hedge that dies must not keep the first from ending.
        future = CompletableFuture.failedFuture(e);
      }
      boolean late;
      synchronized (this) {
        attempts[number] = future;
        late = over;
      }
      if (late) {
        future.cancel(true);
      }
      var unused = future.whenComplete((answer, problem) -> ended(number, answer, problem));
    }

    private void ended(int number, T answer, @Nullable Throwable problem) {
      boolean last;
      Throwable reported;
      synchronized (this) {
        running--;
        if (over) {
          return;
        }
        if (problem != null && (failure == null || number == 0)) {
          failure = unwrap(problem);
        }
        last = running == 0;
        over = problem == null || last;
        reported = failure;
      }
      if (problem == null) {
        latencies.record(clock.nanoTime() - startNanos);
        if (number == 1) {
          counters.hedge("won");
        }
        winner.complete(answer);
      } else if (last && reported != null) {
        winner.completeExceptionally(reported);
      }
    }

    private void cancelRest() {
      CompletableFuture<T> first;
      CompletableFuture<T> second;
      synchronized (this) {
        over = true;
        first = attempts[0];
        second = attempts[1];
      }
      if (first != null) {
        first.cancel(true);
      }
      if (second != null) {
        second.cancel(true);
      }
    }

    private static Throwable unwrap(Throwable problem) {
      Throwable cause = problem.getCause();
      return problem instanceof CompletionException && cause != null ? cause : problem;
    }
  }

  /** Collects the settings of a hedge; confined. */
  public static final class Builder {
    private final RetryBudget budget;
    private double quantile = 0.97;
    private Duration minDelay = Duration.ofMillis(1);
    private MonotonicClock clock = MonotonicClock.system();
    private Timer timer = Timer.system();
    private @Nullable MeterRegistry registry;

    private Builder(RetryBudget budget) {
      this.budget = Objects.requireNonNull(budget, "budget");
    }

    /**
     * Sets the quantile of latencies after which a call is hedged: of 0.97, 3 calls in 100 are, as
     * far as the budget goes. The default is 0.97.
     *
     * @param quantile 0.5 to 0.999
     */
    public Builder quantile(double quantile) {
      if (!(quantile >= MIN_QUANTILE && quantile <= MAX_QUANTILE)) {
        throw new IllegalArgumentException(
            "quantile of hedge \"%s\" must be %s to %s, was %s"
                .formatted(budget.name(), MIN_QUANTILE, MAX_QUANTILE, quantile));
      }
      this.quantile = quantile;
      return this;
    }

    /**
     * Sets the shortest delay. The default is 1 ms.
     *
     * @param minDelay above zero, up to a minute
     */
    public Builder minDelay(Duration minDelay) {
      if (minDelay.isNegative()
          || minDelay.isZero()
          || minDelay.compareTo(Duration.ofMinutes(1)) > 0) {
        throw new IllegalArgumentException(
            "minDelay of hedge \"%s\" must be above zero and up to PT1M, was %s"
                .formatted(budget.name(), minDelay));
      }
      this.minDelay = minDelay;
      return this;
    }

    /** Sets the clock; the default is that of the process. */
    public Builder clock(MonotonicClock clock) {
      this.clock = Objects.requireNonNull(clock, "clock");
      return this;
    }

    /** Sets what runs a hedge later; the default is {@link Timer#system}. */
    public Builder timer(Timer timer) {
      this.timer = Objects.requireNonNull(timer, "timer");
      return this;
    }

    /** Sets where the metric {@code toolkit.downstream.hedges} goes; the default is nowhere. */
    public Builder meterRegistry(MeterRegistry registry) {
      this.registry = Objects.requireNonNull(registry, "registry");
      return this;
    }

    /** Makes the hedge. */
    public Hedge build() {
      return new Hedge(this);
    }
  }
}
