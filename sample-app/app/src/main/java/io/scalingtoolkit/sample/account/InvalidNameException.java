// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

/**
 * An e-mail address or user name that breaks a rule; the message is the rule, as a phrase that
 * follows the name of the field, and never quotes the input.
 */
final class InvalidNameException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  InvalidNameException(String rule) {
    super(rule);
  }

  /** Returns the rule that was broken. */
  String rule() {
    return String.valueOf(getMessage());
  }
}
