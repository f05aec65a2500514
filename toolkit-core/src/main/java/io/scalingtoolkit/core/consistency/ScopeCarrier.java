// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A scope, or the absence of one, taken from one thread to be worked in on others; immutable. */
record ScopeCarrier(@Nullable ConsistencyScope scope) {

  static ScopeCarrier capture() {
    return new ScopeCarrier(CurrentScope.get());
  }

  Runnable carry(Runnable task) {
    return () -> {
      ConsistencyScope before = CurrentScope.replace(scope);
      try {
        task.run();
      } finally {
        restore(before);
      }
    };
  }

  <T extends @Nullable Object> Callable<T> carry(Callable<T> task) {
    return () -> {
      ConsistencyScope before = CurrentScope.replace(scope);
      try {
        return task.call();
      } finally {
        restore(before);
      }
    };
  }

  private void restore(@Nullable ConsistencyScope before) {
    CurrentScope.closeInside(scope);
    CurrentScope.set(before);
  }

  /** Carries the scope of whoever calls {@code execute} into the task. */
  record CarryingExecutor(Executor delegate) implements Executor {
    @Override
    public void execute(Runnable task) {
      delegate.execute(capture().carry(task));
    }
  }
}
