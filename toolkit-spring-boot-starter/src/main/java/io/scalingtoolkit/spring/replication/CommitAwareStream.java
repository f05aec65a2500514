// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;

/** Tells its response before anything is written that may commit it; confined. */
final class CommitAwareStream extends ServletOutputStream {
  private final ServletOutputStream to;
  private final BookmarkResponse response;

  CommitAwareStream(ServletOutputStream to, BookmarkResponse response) {
    this.to = to;
    this.response = response;
  }

  @Override
  public void write(int b) throws IOException {
    response.beforeWriting(1);
    to.write(b);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    response.beforeWriting(length);
    to.write(bytes, offset, length);
  }

  @Override
  public void flush() throws IOException {
    response.beforeCommit();
    to.flush();
  }

  @Override
  public void close() throws IOException {
    response.beforeCommit();
    to.close();
  }

  @Override
  public boolean isReady() {
    return to.isReady();
  }

  @Override
  public void setWriteListener(WriteListener listener) {
    to.setWriteListener(listener);
  }
}
