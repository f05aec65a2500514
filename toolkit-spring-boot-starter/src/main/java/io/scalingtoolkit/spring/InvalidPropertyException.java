// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring;

import org.jspecify.annotations.Nullable;

/**
 * A property breaks a rule; the message names property, rule and value. Thread-safe.
 *
 * <p>Thrown while an application starts, which then does not, and by changes at run time, of which
 * then nothing is applied.
 */
public final class InvalidPropertyException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates one.
   *
   * @param property full name of the property
   * @param rule what it must be, as "must be …"
   * @param value what it was; never a secret
   */
  public InvalidPropertyException(String property, String rule, @Nullable Object value) {
    super(property + ": " + rule + " (value: " + value + ")");
  }
}
