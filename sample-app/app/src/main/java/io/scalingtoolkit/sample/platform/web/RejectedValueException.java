// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.exc.MismatchedInputException;

/** A field value that breaks a rule while JSON is read; its message may be shown to the caller. */
final class RejectedValueException extends MismatchedInputException {

  private static final long serialVersionUID = 1L;

  private RejectedValueException(JsonParser parser, String rule) {
    super(parser, rule);
  }

  /**
   * Returns the refusal, after reading the rest of the body: text that is not JSON at all is that
   * fault first, wherever it breaks.
   *
   * @throws tools.jackson.core.JacksonException when the rest is not well-formed
   */
  static RejectedValueException of(JsonParser parser, String rule) {
    RejectedValueException refusal = new RejectedValueException(parser, rule);
    JsonToken rest = parser.nextToken();
    while (rest != null) {
      rest = parser.nextToken();
    }
    return refusal;
  }
}
