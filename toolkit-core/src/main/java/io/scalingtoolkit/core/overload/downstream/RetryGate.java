// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import io.github.resilience4j.core.IntervalBiFunction;
import io.github.resilience4j.core.functions.Either;
import io.scalingtoolkit.core.overload.Deadline;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lets a retry of resilience4j happen or not, in the place where it asks how long to wait: a wait
 * below zero ends the call with the failure it had. Thread-safe.
 */
final class RetryGate implements IntervalBiFunction<@Nullable Object> {
  private static final long REFUSED = -1;

  private final RetryBudget budget;
  private final IntervalBiFunction<@Nullable Object> interval;
  private final Map<Class<?>, Function<Object, @Nullable Duration>> overloads;
  private final DownstreamCounters counters;

  RetryGate(
      RetryBudget budget,
      IntervalBiFunction<@Nullable Object> interval,
      Map<Class<?>, Function<Object, @Nullable Duration>> overloads,
      DownstreamCounters counters) {
    this.budget = budget;
    this.interval = interval;
    this.overloads = overloads;
    this.counters = counters;
  }

  @Override
  public Long apply(Integer attempt, Either<Throwable, @Nullable Object> outcome) {
    long wait = interval.apply(attempt, outcome);
    Throwable failure = outcome.isLeft() ? outcome.getLeft() : null;
    if (failure != null) {
      Function<Object, @Nullable Duration> pushback = pushbackOf(failure);
      if (pushback != null) {
        Duration after = pushback.apply(failure);
        if (after == null) {
          return refused("overload");
        }
        wait = Math.max(wait, after.toMillis());
      }
    }
    Deadline deadline = Deadline.current();
    if (deadline != null && deadline.remaining().toMillis() <= wait) {
      return refused("deadline");
    }
    if (!budget.tryWithdraw()) {
      return refused("budget");
    }
    counters.retry("sent");
    return wait;
  }

  private @Nullable Function<Object, @Nullable Duration> pushbackOf(Throwable failure) {
    Class<?> narrowest = Object.class;
    for (Class<?> type : overloads.keySet()) {
      if (type.isInstance(failure) && narrowest.isAssignableFrom(type)) {
        narrowest = type;
      }
    }
    return overloads.get(narrowest);
  }

  private long refused(String why) {
    counters.retry(why);
    return REFUSED;
  }
}
