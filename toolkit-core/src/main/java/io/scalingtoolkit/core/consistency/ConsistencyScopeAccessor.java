// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * The bridge by which Micrometer context propagation carries the current {@link ConsistencyScope}.
 *
 * <p>Micrometer finds it through {@link java.util.ServiceLoader} when {@code context-propagation}
 * is on the class path; nothing else loads this class. Thread-safe.
 */
public final class ConsistencyScopeAccessor implements ThreadLocalAccessor<ConsistencyScope> {
  /** The key under which the scope stands in a context. */
  public static final String KEY = "io.scalingtoolkit.consistency";

  /** Creates the accessor; for the service loader. */
  public ConsistencyScopeAccessor() {}

  @Override
  public Object key() {
    return KEY;
  }

  @Override
  public @Nullable ConsistencyScope getValue() {
    return CurrentScope.get();
  }

  @Override
  public void setValue(ConsistencyScope scope) {
    CurrentScope.set(scope);
  }

  @Override
  public void setValue() {
    CurrentScope.set(null);
  }

  @Override
  public void restore(ConsistencyScope previous) {
    CurrentScope.set(previous);
  }

  @Override
  public void restore() {
    CurrentScope.set(null);
  }
}
