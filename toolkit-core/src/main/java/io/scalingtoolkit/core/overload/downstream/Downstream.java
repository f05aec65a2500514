// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.overload.Deadline;
import io.scalingtoolkit.core.overload.OverloadedException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One other server, and what protects it and us from each other: from the outside in a bulkhead, a
 * circuit breaker, retries and hedges that share a {@link RetryBudget}, and the {@link Deadline}.
 *
 * <p>Bulkhead, breaker and retry are those of resilience4j, with their settings, exceptions, events
 * and metrics, under the name of the downstream. What is added: a retry is made only if the budget
 * has one left, there is time for it, and the server did not refuse because of overload, unless it
 * said when to come again.
 *
 * <p>Thread-safe. A call runs on the caller's thread, or on the executor given with a hedge, while
 * the caller waits.
 */
public final class Downstream {
  private final String name;
  private final Duration timeout;
  private final Bulkhead bulkhead;
  private final CircuitBreaker breaker;
  private final Retry retry;
  private final RetryBudget budget;
  private final @Nullable Hedge hedge;
  private final @Nullable ExecutorService executor;

  private Downstream(Builder builder) {
    this.name = builder.name;
    this.timeout = builder.timeout;
    this.bulkhead = Bulkhead.of(name, builder.bulkhead);
    this.breaker = CircuitBreaker.of(name, builder.breaker);
    this.budget = builder.budget == null ? RetryBudget.builder(name).build() : builder.budget;
    DownstreamCounters counters = new DownstreamCounters(name, builder.registry);
    counters.budget(budget);
    this.retry =
        Retry.of(
            name,
            RetryConfig.<@Nullable Object>from(builder.retry)
                .intervalBiFunction(
                    new RetryGate(
                        budget,
                        builder.retry.getIntervalBiFunction(),
                        Map.copyOf(builder.overloads),
                        counters))
                .build());
    this.hedge = builder.hedge;
    this.executor = builder.executor;
  }

  /** Begins a downstream of that name. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns the bulkhead, for its events and metrics. */
  public Bulkhead bulkhead() {
    return bulkhead;
  }

  /** Returns the circuit breaker, for its state, events and metrics. */
  public CircuitBreaker circuitBreaker() {
    return breaker;
  }

  /** Returns the retry, for its events and metrics. */
  public Retry retry() {
    return retry;
  }

  /** Returns the budget of retries and hedges. */
  public RetryBudget budget() {
    return budget;
  }

  /**
   * Makes a call once.
   *
   * @return its answer
   * @throws io.scalingtoolkit.core.overload.DeadlineExceededException if the deadline around it has
   *     passed; then the call was not begun
   * @throws io.github.resilience4j.bulkhead.BulkheadFullException if too many are under way
   * @throws io.github.resilience4j.circuitbreaker.CallNotPermittedException if the breaker is open
   * @throws Exception of the call
   */
  public <T extends @Nullable Object> T call(Callable<T> call) throws Exception {
    return guarded(call);
  }

  /**
   * Makes a call that may be made more than once: it is retried, and hedged where a hedge was
   * given.
   *
   * @return its answer
   * @throws Exception as for {@link #call}; of a retry that was not made, the failure before it
   */
  public <T extends @Nullable Object> T callIdempotent(Callable<T> call) throws Exception {
    Hedge hedged = hedge;
    ExecutorService threads = executor;
    Callable<T> attempt =
        hedged == null || threads == null
            ? call
            : () -> HedgedCall.run(hedged, threads, checked(call));
    return guarded(() -> retry.executeCallable(checked(attempt)));
  }

  private <T extends @Nullable Object> T guarded(Callable<T> inner) throws Exception {
    try (Deadline deadline = Deadline.open(timeout)) {
      deadline.check("a call to " + name);
      return bulkhead.executeCallable(
          () -> {
            deadline.check("a call to " + name); // the wait for a place may have used it up
            return breaker.executeCallable(
                () -> {
                  budget.original();
                  return inner.call();
                });
          });
    }
  }

  private <T extends @Nullable Object> Callable<T> checked(Callable<T> call) {
    return () -> {
      Deadline deadline = Deadline.current();
      if (deadline != null) {
        deadline.check("a call to " + name);
      }
      return call.call();
    };
  }

  @Override
  public String toString() {
    return "Downstream[" + name + ", breaker=" + breaker.getState() + ", " + budget + "]";
  }

  /** Collects the settings of a downstream; confined. */
  public static final class Builder {
    private final String name;
    private Duration timeout = Duration.ofSeconds(10);
    private BulkheadConfig bulkhead = BulkheadConfig.ofDefaults();
    private CircuitBreakerConfig breaker = CircuitBreakerConfig.ofDefaults();
    private RetryConfig retry = RetryConfig.ofDefaults();
    private final Map<Class<?>, Function<Object, @Nullable Duration>> overloads =
        new LinkedHashMap<>();
    private @Nullable RetryBudget budget;
    private @Nullable Hedge hedge;
    private @Nullable ExecutorService executor;
    private @Nullable MeterRegistry registry;

    private Builder(String name) {
      if (name.isBlank()) {
        throw new IllegalArgumentException("name must not be blank");
      }
      this.name = name;
      overload(OverloadedException.class, OverloadedException::retryAfter);
    }

    /**
     * Sets how long a call may take with all its attempts; it is the {@link Deadline} of the call,
     * which the call itself has to keep. The default is 10 s.
     *
     * @param timeout above zero, up to a day
     */
    public Builder timeout(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(Deadline.LONGEST) > 0) {
        throw new IllegalArgumentException(
            "timeout of downstream \"%s\" must be above zero and up to PT24H, was %s"
                .formatted(name, timeout));
      }
      this.timeout = timeout;
      return this;
    }

    /** Sets the bulkhead; the default is resilience4j's, 25 calls at once and no waiting. */
    public Builder bulkhead(BulkheadConfig bulkhead) {
      this.bulkhead = Objects.requireNonNull(bulkhead, "bulkhead");
      return this;
    }

    /** Sets the circuit breaker; the default is resilience4j's. */
    public Builder circuitBreaker(CircuitBreakerConfig breaker) {
      this.breaker = Objects.requireNonNull(breaker, "breaker");
      return this;
    }

    /** Sets the retry; the default is resilience4j's, 3 attempts 500 ms apart. */
    public Builder retry(RetryConfig retry) {
      this.retry = Objects.requireNonNull(retry, "retry");
      return this;
    }

    /** Sets the budget; the default is one of its own with the settings of {@link RetryBudget}. */
    public Builder budget(RetryBudget budget) {
      this.budget = Objects.requireNonNull(budget, "budget");
      return this;
    }

    /**
     * Hedges calls that may be made twice. Give the hedge the budget that is given to {@link
     * #budget}.
     *
     * @param executor runs the attempts, which are interrupted when another one has won; it is the
     *     caller's to shut down
     */
    public Builder hedge(Hedge hedge, ExecutorService executor) {
      this.hedge = Objects.requireNonNull(hedge, "hedge");
      this.executor = Objects.requireNonNull(executor, "executor");
      return this;
    }

    /**
     * Tells which failures are refusals because of overload. {@link OverloadedException} is one. Of
     * several types that a failure has, the narrowest decides.
     *
     * @param pushback when the server would have the call tried again; null for not at all
     */
    public <E extends Throwable> Builder overload(
        Class<E> type, Function<? super E, @Nullable Duration> pushback) {
      Objects.requireNonNull(type, "type");
      Objects.requireNonNull(pushback, "pushback");
      overloads.put(type, failure -> pushback.apply(type.cast(failure)));
      return this;
    }

    /** Sets where the metrics {@code toolkit.downstream.*} go; the default is nowhere. */
    public Builder meterRegistry(MeterRegistry registry) {
      this.registry = Objects.requireNonNull(registry, "registry");
      return this;
    }

    /**
     * Makes the downstream.
     *
     * @throws IllegalArgumentException if a hedge is given that does not share the budget
     */
    public Downstream build() {
      if (hedge != null && (budget == null || !hedge.uses(budget))) {
        throw new IllegalArgumentException(
            "hedge of downstream \"%s\" must use the budget given to budget(), was another"
                .formatted(name));
      }
      return new Downstream(this);
    }
  }
}
