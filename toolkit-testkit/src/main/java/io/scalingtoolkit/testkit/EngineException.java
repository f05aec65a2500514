// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit;

/**
 * The failure of a test engine: it could not be unpacked, started, reached or stopped in time.
 *
 * <p>The message names the engine, the rule that was broken and, for a start, the tail of the
 * engine's own log. Immutable.
 */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates a failure without a cause. */
  public EngineException(String message) {
    super(message);
  }

  /** Creates a failure that another one caused. */
  public EngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
