// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.context.ContextExecutorService;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

final class ScopePropagationTest {
  private static final String DB = "orders";

  private final ExecutorService pool = Executors.newFixedThreadPool(1);

  @AfterEach
  void poolThreadIsLeftWithoutAScope() throws Exception {
    assertThat(pool.submit(ConsistencyScope::current).get(10, TimeUnit.SECONDS)).isNull();
    assertThat(ConsistencyScope.current()).isNull();
    pool.shutdownNow();
  }

  private static ConsistencyScope writeInCurrent() {
    ConsistencyScope scope = ConsistencyScope.current();
    if (scope != null) {
      scope.wrote(DB, System.nanoTime());
    }
    return scope;
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  @Test
  void wrap_runnableAndCallable_runInTheScopeOfTheirMaking() throws Exception {
    Callable<ConsistencyScope> call;
    Runnable run;
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      call = ConsistencyScope.wrap((Callable<ConsistencyScope>) ConsistencyScope::current);
      run = ConsistencyScope.wrap((Runnable) ScopePropagationTest::writeInCurrent);

      assertThat(get(pool.submit(call))).isSameAs(scope);
      get(pool.submit(run));
      assertThat(scope.position(DB)).isSameAs(Position.unresolved());
    }
    assertThat(get(pool.submit(call))).as("after the scope was closed").isNotNull();
  }

  @Test
  void wrap_taskThatThrows_stillRestoresTheThread() {
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      Runnable failing =
          ConsistencyScope.wrap(
              (Runnable)
                  () -> {
                    throw new IllegalStateException("the task failed");
                  });
      CompletableFuture<Void> result = CompletableFuture.runAsync(failing, pool);

      assertThat(result.handle((nothing, e) -> e).orTimeout(10, TimeUnit.SECONDS).join())
          .hasRootCauseInstanceOf(IllegalStateException.class);
      assertThat(scope.bookmark().isEmpty()).isTrue();
    }
  }

  @Test
  void wrap_executor_carriesTheScopeOfEachSubmission() throws Exception {
    Executor executor = ConsistencyScope.wrap((Executor) pool);
    CompletableFuture<ConsistencyScope> first;
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      first = CompletableFuture.supplyAsync(ConsistencyScope::current, executor);
      assertThat(get(first)).isSameAs(scope);
    }

    assertThat(get(CompletableFuture.supplyAsync(ConsistencyScope::current, executor))).isNull();
  }

  @Test
  void wrap_executorService_carriesTheScopeOfEverySubmission() throws Exception {
    ExecutorService executor = ConsistencyScope.wrap(pool);
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      Callable<ConsistencyScope> current = ConsistencyScope::current;

      assertThat(get(executor.submit(current))).isSameAs(scope);
      assertThat(get(executor.invokeAll(List.of(current, current)).get(1))).isSameAs(scope);
      assertThat(executor.invokeAny(List.of(current))).isSameAs(scope);
      executor.execute(ScopePropagationTest::writeInCurrent);
      get(executor.submit(() -> {}));
      assertThat(scope.position(DB)).isSameAs(Position.unresolved());
    }
    assertThat(executor.isShutdown()).isFalse();
  }

  @Test
  void wrap_executorServiceThatIsShutDown_shutsDownThePool() throws Exception {
    ExecutorService own = Executors.newFixedThreadPool(1);
    ExecutorService executor = ConsistencyScope.wrap(own);

    executor.shutdown();

    assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    assertThat(own.isTerminated()).isTrue();
    assertThat(executor.isTerminated()).isTrue();
    assertThat(executor.shutdownNow()).isEmpty();
  }

  @Test
  void wrap_taskThatLeavesAScopeOpen_isCleanedUpAndLosesNothing() throws Exception {
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      Runnable leaky =
          ConsistencyScope.wrap(
              (Runnable) () -> ConsistencyScope.open().wrote(DB, System.nanoTime()));

      get(pool.submit(leaky));

      assertThat(scope.position(DB)).isSameAs(Position.unresolved());
      assertThat(ConsistencyScope.current()).isSameAs(scope);
    }
  }

  @Test
  void wrap_runOnTheSameThreadInsideAnotherScope_restoresThatScope() {
    Runnable task;
    try (ConsistencyScope carried = ConsistencyScope.open()) {
      task = ConsistencyScope.wrap((Runnable) ScopePropagationTest::writeInCurrent);
      assertThat(carried.bookmark().isEmpty()).isTrue();
    }
    try (ConsistencyScope other = ConsistencyScope.open()) {
      task.run();

      assertThat(ConsistencyScope.current()).isSameAs(other);
      assertThat(other.bookmark().isEmpty()).isTrue();
    }
  }

  @Test
  void micrometer_contextExecutorService_carriesTheScope() throws Exception {
    ContextSnapshotFactory snapshots = ContextSnapshotFactory.builder().build();
    ExecutorService executor = ContextExecutorService.wrap(pool, snapshots::captureAll);
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      assertThat(get(executor.submit(ScopePropagationTest::writeInCurrent))).isSameAs(scope);
      assertThat(scope.position(DB)).isSameAs(Position.unresolved());
    }
    assertThat(get(executor.submit(ConsistencyScope::current))).isNull();
  }

  @Test
  void micrometer_snapshot_setsClearsAndRestores() {
    ContextSnapshotFactory snapshots =
        ContextSnapshotFactory.builder()
            .contextRegistry(ContextRegistry.getInstance())
            .clearMissing(true)
            .build();
    ContextSnapshot none = snapshots.captureAll();
    try (ConsistencyScope outer = ConsistencyScope.open()) {
      try (ConsistencyScope inner = ConsistencyScope.open()) {
        ContextSnapshot captured = snapshots.captureAll();
        List<ConsistencyScope> seen = new ArrayList<>();
        Runnable look = () -> seen.add(ConsistencyScope.current());
        none.wrap(
                () -> {
                  look.run();
                  captured.wrap(look).run();
                  look.run();
                })
            .run();

        assertThat(seen).containsExactly(null, inner, null);
        assertThat(ConsistencyScope.current()).isSameAs(inner);
      }
      assertThat(ConsistencyScope.current()).isSameAs(outer);
    }
  }

  @Test
  void open_withoutContextPropagationOnTheClassPath_works() throws Exception {
    URL[] classPath = {
      location(ConsistencyScope.class),
      location(org.slf4j.Logger.class),
      location(io.micrometer.core.instrument.Counter.class)
    };
    try (URLClassLoader loader =
        new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
      Class<?> scopeClass = loader.loadClass(ConsistencyScope.class.getName());
      try (AutoCloseable scope = (AutoCloseable) scopeClass.getMethod("open").invoke(null)) {
        assertThat(scopeClass.getMethod("current").invoke(null)).isSameAs(scope);
      }
    }
  }

  private static URL location(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void wrap_virtualThreads_carryTheScope() throws Exception {
    ExecutorService virtual =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    ExecutorService executor = ConsistencyScope.wrap(virtual);
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      List<Callable<ConsistencyScope>> tasks =
          Collections.nCopies(200, ScopePropagationTest::writeInCurrent);
      for (Future<ConsistencyScope> future : executor.invokeAll(tasks)) {
        assertThat(get(future)).isSameAs(scope);
      }
      assertThat(scope.position(DB)).isSameAs(Position.unresolved());
    } finally {
      executor.shutdownNow();
    }
  }
}
