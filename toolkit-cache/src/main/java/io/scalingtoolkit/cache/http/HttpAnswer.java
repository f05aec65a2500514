// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How to answer a GET or HEAD; immutable.
 *
 * @param status 200, or 304 for an answer without a body
 * @param headers to be set, each in the place of all that have its name; in a fixed order
 */
public record HttpAnswer(int status, Map<String, String> headers) {
  /** The status of an answer that sends the client to what it has. */
  public static final int NOT_MODIFIED = 304;

  static final int OK = 200;

  /** Copies the headers. */
  public HttpAnswer {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }

  /** Tells whether the client has it already and gets no body. */
  public boolean isNotModified() {
    return status == NOT_MODIFIED;
  }
}
