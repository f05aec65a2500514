// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import org.jspecify.annotations.Nullable;

/** A property breaks a rule; the message names property, rule and value, and never a secret. */
final class InvalidSettingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private InvalidSettingException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** A value that may be shown. */
  static InvalidSettingException of(String property, String rule, @Nullable Object value) {
    return new InvalidSettingException(
        Settings.PREFIX + "." + property + ": " + rule + " (value: " + value + ")", null);
  }

  /** A value that is secret, too long or no use to show. */
  static InvalidSettingException withoutValue(
      String property, String rule, @Nullable Throwable cause) {
    return new InvalidSettingException(Settings.PREFIX + "." + property + ": " + rule, cause);
  }
}
