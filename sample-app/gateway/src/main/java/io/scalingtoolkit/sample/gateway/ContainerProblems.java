// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * The problem document for requests so broken that the web server refuses them itself, in the place
 * of its HTML page. Thread-safe.
 */
final class ContainerProblems implements Request.Handler {

  private ContainerProblems() {}

  /** Has every error of a server answered in this way. */
  static void install(Server server) {
    ContainerProblems problems = new ContainerProblems();
    server.setErrorHandler(problems);
    server
        .getDescendants(ContextHandler.class)
        .forEach(context -> context.setErrorHandler(problems));
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    if (request.getAttribute(ErrorHandler.ERROR_EXCEPTION) instanceof HttpException failure) {
      status = failure.getCode();
      response.setStatus(status);
    }
    String title = HttpStatus.getMessage(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/problem+json");
    response.write(
        true, ByteBuffer.wrap(GatewayProblem.document(status, title, title + ".")), callback);
    return true;
  }
}
