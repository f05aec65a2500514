// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

/**
 * A JSON object as text: checked once when it came in, stored and sent as it is, so that numbers
 * keep every digit. In a request body the field must be an object; in an answer the text is written
 * without change. Immutable.
 *
 * @param text a valid JSON object without insignificant white space
 * @param depth levels of nesting, 1 for an object of scalars
 */
public record JsonText(String text, int depth) {

  /**
   * Wraps text that comes from the database.
   *
   * @param text a valid JSON object
   * @return the wrapped text, its depth not counted (0)
   */
  public static JsonText stored(String text) {
    return new JsonText(text, 0);
  }
}
