// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A server has refused a request because of overload, here or further down. */
public final class OverloadedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration retryAfter;

  /**
   * Creates one.
   *
   * @param retryAfter when the server would have it tried again; null if it did not say, and then
   *     it must not be
   */
  public OverloadedException(String message, @Nullable Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** Creates one for a rejection by a limiter of that name. */
  public static OverloadedException of(String name, Verdict.Rejected rejected) {
    return new OverloadedException(
        name + " rejects: " + rejected.reason().label(), rejected.retryAfter());
  }

  /** Returns when the server would have it tried again, or null. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
