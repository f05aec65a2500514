// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Keeps the peer of a request ahead of Tomcat's {@code RemoteIpValve}, which puts another address
 * in its place and takes forwarding headers out; Spring Boot adds that one by itself where it finds
 * itself in Kubernetes. Thread-safe.
 */
final class PeerValve extends ValveBase {
  PeerValve() {
    super(true);
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    String peer = request.getPeerAddr();
    if (peer != null) {
      new Peer(peer, lines(request, Peer.X_FORWARDED_FOR), lines(request, Peer.FORWARDED))
          .keepIn(request);
    }
    getNext().invoke(request, response);
  }

  private static List<String> lines(Request request, String name) {
    return Collections.list(request.getHeaders(name));
  }
}
