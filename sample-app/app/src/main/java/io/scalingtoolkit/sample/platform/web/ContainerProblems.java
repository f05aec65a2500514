// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;

/**
 * The problem document for requests so broken that Tomcat refuses them before any filter runs, in
 * the place of its HTML page. Confined to one web server.
 */
final class ContainerProblems extends ErrorReportValve {

  @Override
  protected void report(Request request, Response response, @Nullable Throwable failure) {
    int status = response.getStatus();
    if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
      return;
    }
    ProblemType type = ProblemType.ofStatus(status);
    String body =
        """
        {"type":"%s","title":"%s","status":%d,"detail":"%s."}"""
            .formatted(type.uri(), type.title(), status, type.title());
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    try {
      response.setContentType("application/problem+json");
      response.setContentLength(bytes.length);
      response.getOutputStream().write(bytes);
      response.finishResponse();
    } catch (java.io.IOException clientGone) {
      container.getLogger().debug("The client did not wait for the answer.", clientGone);
    }
  }
}
