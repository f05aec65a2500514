// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;

/**
 * Has Tomcat close the connection of a request that was refused, in place of reading the rest of a
 * large body on the request's thread, which would let whoever is refused hold that thread.
 * Thread-safe.
 *
 * <p>A small body is left to Tomcat, which reads it: a connection that is closed before a client
 * has sent its body is reset, and the client may not see the answer.
 */
final class UnreadBodyValve extends ValveBase {
  private static final long SMALL = 64 * 1024;

  UnreadBodyValve() {
    super(true);
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    getNext().invoke(request, response);
    if (request.getAttribute(Refusal.ATTRIBUTE) != null && hasLargeBody(request)) {
      request.getCoyoteRequest().action(ActionCode.DISABLE_SWALLOW_INPUT, null);
    }
  }

  private static boolean hasLargeBody(Request request) {
    long length = request.getContentLengthLong();
    return length > SMALL || (length < 0 && request.getHeader("Transfer-Encoding") != null);
  }
}
