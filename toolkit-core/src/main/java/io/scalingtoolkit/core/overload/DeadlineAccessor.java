// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Carries the current {@link Deadline} with Micrometer's context propagation, over reactive code
 * and the executors that Spring wraps.
 *
 * <p>Micrometer finds it through {@link java.util.ServiceLoader} when {@code context-propagation}
 * is on the class path; nothing else loads this class. Thread-safe.
 */
public final class DeadlineAccessor implements ThreadLocalAccessor<Deadline> {
  /** The key under which the deadline stands in a context. */
  public static final String KEY = "io.scalingtoolkit.deadline";

  /** Creates the accessor; for the service loader. */
  public DeadlineAccessor() {}

  @Override
  public Object key() {
    return KEY;
  }

  @Override
  public @Nullable Deadline getValue() {
    return Deadline.current();
  }

  @Override
  public void setValue(Deadline deadline) {
    Deadline.replace(deadline);
  }

  @Override
  public void setValue() {
    Deadline.replace(null);
  }

  @Override
  public void restore(Deadline previous) {
    Deadline.replace(previous);
  }

  @Override
  public void restore() {
    Deadline.replace(null);
  }
}
