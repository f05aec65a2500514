// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import tools.jackson.core.JsonParser;
import tools.jackson.databind.exc.MismatchedInputException;

/** A field value that breaks a rule while JSON is read; its message may be shown to the caller. */
final class RejectedValueException extends MismatchedInputException {

  private static final long serialVersionUID = 1L;

  RejectedValueException(JsonParser parser, String rule) {
    super(parser, rule);
  }
}
