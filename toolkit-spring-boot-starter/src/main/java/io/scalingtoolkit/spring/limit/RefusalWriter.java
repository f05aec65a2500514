// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Writes the answer to a request that is turned away. A bean of this type takes the place of the
 * starter's own, which answers with a problem document. Implementations are thread-safe.
 */
@FunctionalInterface
public interface RefusalWriter {

  /**
   * Writes status and body, without reading the body of the request. {@code Retry-After} and the
   * fields of the limits are set already.
   *
   * @throws IOException if the client has gone
   */
  void write(HttpServletRequest request, HttpServletResponse response, Refusal refusal)
      throws IOException;

  /** Returns the starter's own: a problem document of RFC 9457. */
  static RefusalWriter problems() {
    return ProblemRefusals.INSTANCE;
  }

  /**
   * Marks the request, sets {@code Retry-After} and writes the answer, unless one is on its way.
   */
  default void refuse(HttpServletRequest request, HttpServletResponse response, Refusal refusal)
      throws IOException {
    request.setAttribute(Refusal.ATTRIBUTE, refusal);
    if (!response.isCommitted()) {
      response.setHeader("Retry-After", Long.toString(refusal.retryAfterSeconds()));
      write(request, response, refusal);
    }
  }
}
