// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

/** Nobody waits for the answer any more, so the work was not begun. */
public final class DeadlineExceededException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates one with a message that says what was not begun. */
  public DeadlineExceededException(String message) {
    super(message);
  }
}
