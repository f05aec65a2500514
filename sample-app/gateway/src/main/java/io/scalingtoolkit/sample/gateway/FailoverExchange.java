// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.HttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.server.mvc.handler.GatewayServerResponse;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchange;
import org.springframework.http.HttpHeaders;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Passes a request on, to the next instance when one fails. A request is repeated only where that
 * cannot do its work twice: when nothing of it has been sent, or when it is a GET or HEAD and
 * nothing has been answered to the client. So the beginning of such an answer is held back until it
 * is complete or larger than a buffer. Each instance is tried once, not counting one failure of a
 * connection that had been kept open. An instance that is silent for too long is not replaced by
 * another: the client has waited long enough, and the work may be heavy everywhere. Thread-safe;
 * blocks on both sides.
 */
final class FailoverExchange implements ProxyExchange {

  private static final Logger LOG = LoggerFactory.getLogger(FailoverExchange.class);

  private static final int HELD_BACK_BYTES = 32 * 1024;
  private static final int COPY_BYTES = 16 * 1024;

  private final Instances instances;
  private final HttpClient client;
  private final Runnable closeIdle;
  private final long maxBody;

  /**
   * @param client repeats nothing by itself
   * @param closeIdle closes the connections that the client keeps for later
   * @param maxBody largest body that is passed on, in bytes
   */
  FailoverExchange(Instances instances, HttpClient client, Runnable closeIdle, long maxBody) {
    this.instances = instances;
    this.client = client;
    this.closeIdle = closeIdle;
    this.maxBody = maxBody;
  }

  /** The request as it came, before the framework looked at it. */
  private record Received(
      HttpServletRequest request, HttpHeaders headers, String target, boolean hasBody) {

    boolean repeatable() {
      return !hasBody && (request.getMethod().equals("GET") || request.getMethod().equals("HEAD"));
    }
  }

  /** An answer whose beginning may be in memory. */
  private record Begun(ClassicHttpResponse response, InputStream body) {}

  /** The answer cannot be completed, and a part of it has been sent. */
  private static final class AnswerLostException extends IOException {
    private static final long serialVersionUID = 1L;

    AnswerLostException(Instance instance, IOException cause) {
      super("instance " + instance + " failed in the middle of an answer", cause);
    }
  }

  @Override
  public ServerResponse exchange(Request request) {
    HttpServletRequest received = request.getServerRequest().servletRequest();
    String query = received.getQueryString();
    String path = received.getRequestURI();
    Received passed =
        new Received(
            received,
            request.getHeaders(),
            query == null ? path : path + "?" + query,
            received.getContentLengthLong() > 0
                || received.getHeader(HttpHeaders.TRANSFER_ENCODING) != null);
    return GatewayServerResponse.ok()
        .build(
            (same, response) -> {
              pass(passed, response);
              return null;
            });
  }

  private void pass(Received received, HttpServletResponse out) throws IOException {
    Set<Instance> tried = new HashSet<>();
    boolean fresh = false;
    GatewayProblem problem = GatewayProblem.SERVICE_UNAVAILABLE;
    for (Optional<Instance> next = instances.begin(tried);
        next.isPresent();
        next = instances.begin(tried)) {
      Instance instance = next.get();
      HttpClientContext context = HttpClientContext.create();
      try {
        Optional<GatewayProblem> failure = attempt(instance, received, context, out);
        if (failure.isEmpty()) {
          return;
        }
        problem = failure.get();
      } finally {
        instance.end();
      }
      boolean again = problem == GatewayProblem.BAD_GATEWAY && received.repeatable();
      if (again && !fresh && reused(context)) {
        // An instance may close a connection that it kept open, which is no failure of its own.
        closeIdle.run();
        fresh = true;
        continue;
      }
      tried.add(instance);
      if (problem == GatewayProblem.BAD_GATEWAY) {
        instance.suspect();
      }
      if (!again && problem != GatewayProblem.SERVICE_UNAVAILABLE) {
        break;
      }
    }
    problem.write(out);
  }

  /** Whether the connection has carried another request before. */
  private static boolean reused(HttpClientContext context) {
    EndpointDetails connection = context.getEndpointDetails();
    return connection != null && connection.getRequestCount() > 1;
  }

  /** Returns what went wrong, or empty when the answer has been passed on. */
  private Optional<GatewayProblem> attempt(
      Instance instance, Received received, HttpClientContext context, HttpServletResponse out)
      throws IOException {
    HttpHost host = new HttpHost("http", instance.address().host(), instance.address().port());
    try (ClassicHttpResponse response =
        client.executeOpen(host, request(host, received), context)) {
      Begun begun = begin(response, received.repeatable());
      answer(instance, begun, received.request().getMethod().equals("HEAD"), out);
      return Optional.empty();
    } catch (AnswerLostException | ClientBody.ClientGoneException nobodyToTell) {
      throw nobodyToTell;
    } catch (ClientBody.TooLargeException e) {
      return Optional.of(GatewayProblem.CONTENT_TOO_LARGE);
    } catch (IOException e) {
      return Optional.of(judge(instance, e));
    }
  }

  private static GatewayProblem judge(Instance instance, IOException failure) {
    if (failure instanceof ConnectionRequestTimeoutException) {
      return GatewayProblem.SERVICE_UNAVAILABLE; // too many requests there, which is no failure
    }
    if (nothingSent(failure)) {
      instance.suspect();
      LOG.debug("instance {} cannot be reached", instance, failure);
      return GatewayProblem.SERVICE_UNAVAILABLE;
    }
    if (failure instanceof SocketTimeoutException) {
      LOG.warn("instance {} did not answer in time", instance);
      return GatewayProblem.GATEWAY_TIMEOUT;
    }
    LOG.debug("instance {} failed", instance, failure);
    return GatewayProblem.BAD_GATEWAY;
  }

  private static boolean nothingSent(IOException failure) {
    return failure instanceof ConnectException
        || failure instanceof ConnectTimeoutException
        || failure instanceof NoRouteToHostException
        || failure instanceof UnknownHostException;
  }

  private ClassicHttpRequest request(HttpHost host, Received received) throws IOException {
    HttpServletRequest in = received.request();
    ClassicHttpRequest request =
        new BasicClassicHttpRequest(in.getMethod(), host, received.target());
    for (Map.Entry<String, List<String>> header : received.headers().headerSet()) {
      for (String value : header.getValue()) {
        request.addHeader(header.getKey(), value);
      }
    }
    if (received.hasBody()) {
      request.setEntity(
          new InputStreamEntity(
              new ClientBody(in.getInputStream(), maxBody), in.getContentLengthLong(), null));
    }
    return request;
  }

  private static Begun begin(ClassicHttpResponse response, boolean holdBack) throws IOException {
    HttpEntity entity = response.getEntity();
    if (entity == null) {
      return new Begun(response, InputStream.nullInputStream());
    }
    InputStream body = entity.getContent();
    if (!holdBack) {
      return new Begun(response, body);
    }
    InputStream beginning = new ByteArrayInputStream(body.readNBytes(HELD_BACK_BYTES));
    return new Begun(response, new SequenceInputStream(beginning, body));
  }

  private static void answer(
      Instance instance, Begun begun, boolean withoutBody, HttpServletResponse out)
      throws IOException {
    writeHead(begun.response(), out);
    if (withoutBody) {
      return;
    }
    byte[] buffer = new byte[COPY_BYTES];
    boolean streams = isStream(begun.response());
    for (int count = read(instance, begun, buffer, out);
        count >= 0;
        count = read(instance, begun, buffer, out)) {
      write(buffer, count, out, streams);
    }
  }

  private static void write(byte[] bytes, int count, HttpServletResponse out, boolean flush)
      throws IOException {
    try {
      out.getOutputStream().write(bytes, 0, count);
      if (flush) {
        out.flushBuffer();
      }
    } catch (IOException e) {
      throw new ClientBody.ClientGoneException(e);
    }
  }

  private static int read(Instance instance, Begun begun, byte[] buffer, HttpServletResponse out)
      throws IOException {
    try {
      return begun.body().read(buffer);
    } catch (IOException e) {
      // What the client has of it must not look complete.
      out.flushBuffer();
      throw new AnswerLostException(instance, e);
    }
  }

  private static void writeHead(ClassicHttpResponse response, HttpServletResponse out) {
    out.setStatus(response.getCode());
    Set<String> named =
        ProxiedHeaders.named(
            Arrays.stream(response.getHeaders(HttpHeaders.CONNECTION))
                .map(Header::getValue)
                .toList());
    for (Header header : response.getHeaders()) {
      if (header.getName().equalsIgnoreCase(HttpHeaders.DATE)) {
        out.setHeader(HttpHeaders.DATE, header.getValue()); // in the place of the server's own
      } else if (!ProxiedHeaders.isOneHop(header.getName(), named)) {
        out.addHeader(header.getName(), header.getValue());
      }
    }
    Header length = response.getFirstHeader(HttpHeaders.CONTENT_LENGTH);
    if (length != null) {
      out.setContentLengthLong(Long.parseLong(length.getValue().strip()));
    }
  }

  private static boolean isStream(ClassicHttpResponse response) {
    Header type = response.getFirstHeader(HttpHeaders.CONTENT_TYPE);
    return type != null && type.getValue().startsWith("text/event-stream");
  }
}
