// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The body of a request while it is passed on: tells a client that has gone from an instance that
 * has failed, and ends when it grows too large. Confined.
 */
final class ClientBody extends FilterInputStream {

  private long left;

  /**
   * @param limit largest body, in bytes
   */
  ClientBody(InputStream body, long limit) {
    super(body);
    this.left = limit;
  }

  /** The client sends or takes no more. */
  static final class ClientGoneException extends IOException {
    private static final long serialVersionUID = 1L;

    ClientGoneException(IOException cause) {
      super(cause);
    }
  }

  /** The body is larger than what is passed on. */
  static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count;
    try {
      count = super.read(target, offset, length);
    } catch (IOException e) {
      throw new ClientGoneException(e);
    }
    left -= Math.max(0, count);
    if (left < 0) {
      throw new TooLargeException();
    }
    return count;
  }

  /** The server closes its own stream, and needs the rest of it for the next request. */
  @Override
  public void close() {
    // Nothing of ours to close.
  }
}
