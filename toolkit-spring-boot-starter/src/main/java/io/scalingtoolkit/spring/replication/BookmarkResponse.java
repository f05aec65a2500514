// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/**
 * A response that takes the bookmark along just before it is committed; confined like any response.
 *
 * <p>A container commits when it is told to, when its buffer is full, and at the latest when the
 * announced length is written. All of these are seen here first.
 */
final class BookmarkResponse extends HttpServletResponseWrapper {
  private static final String CONTENT_LENGTH = "Content-Length";

  private final BookmarkExchange exchange;
  private @Nullable ServletOutputStream stream;
  private @Nullable PrintWriter writer;
  private long announced = Long.MAX_VALUE;
  private long written;

  BookmarkResponse(HttpServletResponse response, BookmarkExchange exchange) {
    super(response);
    this.exchange = exchange;
  }

  private HttpServletResponse http() {
    return (HttpServletResponse) getResponse();
  }

  /** The response is about to be committed, or may be. */
  void beforeCommit() {
    if (!isCommitted()) {
      exchange.send(http());
    }
  }

  /**
   * As many bytes are about to be written.
   *
   * @param bytes an upper bound
   */
  void beforeWriting(long bytes) {
    written += bytes;
    if (written >= announced || written >= getBufferSize()) {
      beforeCommit();
    }
  }

  @Override
  public void flushBuffer() throws IOException {
    beforeCommit();
    super.flushBuffer();
  }

  @Override
  public void sendError(int status) throws IOException {
    beforeCommit();
    super.sendError(status);
  }

  @Override
  public void sendError(int status, String message) throws IOException {
    beforeCommit();
    super.sendError(status, message);
  }

  @Override
  public void sendRedirect(String location) throws IOException {
    beforeCommit();
    super.sendRedirect(location);
  }

  @Override
  public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
    beforeCommit();
    super.sendRedirect(location, status, clearBuffer);
  }

  @Override
  public void reset() {
    super.reset();
    written = 0;
    announced = Long.MAX_VALUE;
    stream = null;
    writer = null;
    exchange.forgetSent();
  }

  @Override
  public void resetBuffer() {
    super.resetBuffer();
    written = 0;
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    if (stream == null) {
      stream = new CommitAwareStream(super.getOutputStream(), this);
    }
    return stream;
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    if (writer == null) {
      writer = CommitAwareWriter.around(super.getWriter(), this);
    }
    return writer;
  }

  @Override
  public void setContentLength(int length) {
    announced = length < 0 ? Long.MAX_VALUE : length;
    super.setContentLength(length);
  }

  @Override
  public void setContentLengthLong(long length) {
    announced = length < 0 ? Long.MAX_VALUE : length;
    super.setContentLengthLong(length);
  }

  @Override
  public void setHeader(String name, @Nullable String value) {
    lengthIn(name, value);
    super.setHeader(name, value);
  }

  @Override
  public void addHeader(String name, @Nullable String value) {
    lengthIn(name, value);
    super.addHeader(name, value);
  }

  @Override
  public void setIntHeader(String name, int value) {
    lengthIn(name, Integer.toString(value));
    super.setIntHeader(name, value);
  }

  @Override
  public void addIntHeader(String name, int value) {
    lengthIn(name, Integer.toString(value));
    super.addIntHeader(name, value);
  }

  private void lengthIn(String name, @Nullable String value) {
    if (CONTENT_LENGTH.equalsIgnoreCase(name) && value != null) {
      try {
        announced = Long.parseLong(value.strip());
      } catch (NumberFormatException e) {
        // What is no number announces nothing; the container has its own view of it.
        announced = Long.MAX_VALUE;
      }
    }
  }
}
