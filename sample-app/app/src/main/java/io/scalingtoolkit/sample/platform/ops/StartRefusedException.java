// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.ops;

/** The application cannot work here; the message is one line for the person who started it. */
public final class StartRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param line what is wrong, naming the setting, the rule and the value
   */
  public StartRefusedException(String line) {
    super(line);
  }

  /**
   * Creates the exception.
   *
   * @param line what is wrong, naming the setting, the rule and the value
   * @param cause what showed it
   */
  public StartRefusedException(String line, Throwable cause) {
    super(line, cause);
  }
}
