// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.WebUtils;

/**
 * A request whose body has been read as a whole, within the limit, before anything parses it.
 * Confined to the request.
 */
final class RequestBody extends HttpServletRequestWrapper {

  /** Largest body of a call that takes JSON. */
  static final int LIMIT_BYTES = 128 * 1024;

  private static final byte[] NONE = {};

  private final byte[] body;

  RequestBody(HttpServletRequest request, byte[] body) {
    super(request);
    this.body = body;
  }

  /** Returns the bytes of the body; empty when none was read ahead. */
  static byte[] of(HttpServletRequest request) {
    @Nullable RequestBody found = WebUtils.getNativeRequest(request, RequestBody.class);
    return found == null ? NONE : found.body;
  }

  @Override
  public ServletInputStream getInputStream() {
    return new Replay(new ByteArrayInputStream(body));
  }

  @Override
  public BufferedReader getReader() {
    return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
  }

  private static final class Replay extends ServletInputStream {
    private final ByteArrayInputStream bytes;

    Replay(ByteArrayInputStream bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return bytes.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      return bytes.read(target, offset, length);
    }

    @Override
    public boolean isFinished() {
      return bytes.available() == 0;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new IllegalStateException("The body is already in memory; read it directly.");
    }
  }
}
