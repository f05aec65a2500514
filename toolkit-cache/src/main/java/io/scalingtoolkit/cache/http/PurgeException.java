// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A purge was not done, so a cache may hand out what has changed. Immutable. */
public final class PurgeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Why. */
  public enum Reason {
    /** The cache cannot be reached or is overloaded; worth another try. */
    UNAVAILABLE,
    /** The cache does not accept it, and will not next time. */
    REFUSED,
    /** Too many purges wait already. */
    FULL,
    /** The purger is closed. */
    CLOSED
  }

  private final Reason reason;
  private final Duration retryAfter;

  /** Makes one. */
  public PurgeException(Reason reason, String message, @Nullable Throwable cause) {
    this(reason, message, cause, Duration.ZERO);
  }

  /**
   * Makes one of a cache that says when to come back.
   *
   * @param retryAfter 0 or more, 0 if it did not say
   */
  public PurgeException(
      Reason reason, String message, @Nullable Throwable cause, Duration retryAfter) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
    this.retryAfter = Objects.requireNonNull(retryAfter, "retryAfter");
  }

  /** Returns why. */
  public Reason reason() {
    return reason;
  }

  /** Returns how long the cache wants to be left alone, 0 if it did not say. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
