// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.cache.Lookup;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cache.interceptor.BeanFactoryCacheOperationSourceAdvisor;
import org.springframework.core.PriorityOrdered;

/**
 * What annotated methods that run now have looked up and not found, so that a value which is then
 * put can be told from one that was written; thread-safe.
 *
 * <p>Spring asks the cache, calls the method, and puts what it returned, without saying that these
 * belong together. They do if they are of one call of one method. What is done when a future
 * completes that the method returned is part of the call as well.
 */
final class OpenMisses implements BeanPostProcessor, PriorityOrdered {
  private static final ThreadLocal<@Nullable Call> INNERMOST = new ThreadLocal<>();

  /** Immutable. */
  private record Place(TieredSpringCache cache, Object key) {}

  /** A call of an annotated method; one thread after the other. */
  private static final class Call {
    private @Nullable Map<Place, Lookup<Object>> misses;

    synchronized boolean hasMissed() {
      return misses != null;
    }

    synchronized void open(Place place, Lookup<Object> miss) {
      Map<Place, Lookup<Object>> all = misses;
      if (all == null) {
        all = new HashMap<>();
        misses = all;
      }
      all.putIfAbsent(place, miss); // the first: what comes back was read after that
    }

    synchronized @Nullable Lookup<Object> close(Place place) {
      return misses == null ? null : misses.remove(place);
    }

    /** Does something as part of this call. */
    <T> T within(Supplier<T> action) {
      Call outer = INNERMOST.get();
      INNERMOST.set(this);
      try {
        return action.get();
      } finally {
        leave(outer);
      }
    }
  }

  private static void leave(@Nullable Call outer) {
    if (outer == null) {
      INNERMOST.remove();
    } else {
      INNERMOST.set(outer);
    }
  }

  /** Ahead of whatever makes proxies, and with them the advisor. */
  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }

  /** Marks where calls begin and end, around Spring's interceptor. */
  @Override
  public Object postProcessAfterInitialization(Object bean, String name) {
    if (bean instanceof BeanFactoryCacheOperationSourceAdvisor advisor
        && advisor.getAdvice() instanceof MethodInterceptor caching) {
      advisor.setAdvice((MethodInterceptor) invocation -> invoke(caching, invocation));
    }
    return bean;
  }

  private static @Nullable Object invoke(MethodInterceptor caching, MethodInvocation invocation)
      throws Throwable {
    Call outer = INNERMOST.get();
    Call call = new Call();
    INNERMOST.set(call);
    try {
      return caching.invoke(
          invocation.getMethod().getReturnType() == CompletableFuture.class
              ? new OfFuture(invocation, call)
              : invocation);
    } finally {
      leave(outer);
    }
  }

  /** A method whose future is completed as part of the call; immutable. */
  private record OfFuture(MethodInvocation method, Call call) implements MethodInvocation {
    @Override
    public @Nullable Object proceed() throws Throwable {
      Object result = method.proceed();
      return result instanceof CompletableFuture<?> future && call.hasMissed()
          ? within(future)
          : result;
    }

    private <T> CompletableFuture<T> within(CompletableFuture<T> future) {
      CompletableFuture<T> same = new CompletableFuture<>();
      var unused =
          future.whenComplete(
              (value, problem) ->
                  call.within(
                      () ->
                          problem == null
                              ? same.complete(value)
                              : same.completeExceptionally(problem)));
      var unusedCancel = same.whenComplete((value, problem) -> cancelWith(same, future));
      return same;
    }

    private static void cancelWith(CompletableFuture<?> same, CompletableFuture<?> future) {
      if (same.isCancelled()) {
        future.cancel(false);
      }
    }

    @Override
    public Method getMethod() {
      return method.getMethod();
    }

    @Override
    public @Nullable Object[] getArguments() {
      return method.getArguments();
    }

    @Override
    public @Nullable Object getThis() {
      return method.getThis();
    }

    @Override
    public AccessibleObject getStaticPart() {
      return method.getStaticPart();
    }
  }

  /** Notes what was not found. */
  void open(TieredSpringCache cache, Object key, Lookup<Object> miss) {
    Call call = INNERMOST.get();
    if (call != null) {
      call.open(new Place(cache, key), miss);
    }
  }

  /** Returns the miss that a value belongs to which is put now, null for a value on its own. */
  @Nullable Lookup<Object> close(TieredSpringCache cache, Object key) {
    Call call = INNERMOST.get();
    return call == null ? null : call.close(new Place(cache, key));
  }
}
