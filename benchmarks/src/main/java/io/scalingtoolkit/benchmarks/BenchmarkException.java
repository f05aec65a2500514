// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

/** A run that could not be made or does not count; the message says why. */
public final class BenchmarkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what to tell the user. */
  public BenchmarkException(String message) {
    super(message);
  }

  /** With what to tell the user, and what it came from. */
  public BenchmarkException(String message, Throwable cause) {
    super(message, cause);
  }
}
