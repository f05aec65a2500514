// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import java.io.PrintWriter;
import java.io.Writer;

/** Tells its response before anything is written that may commit it; confined. */
final class CommitAwareWriter extends Writer {
  // No charset in use on the web takes more.
  private static final int MAX_BYTES_PER_CHAR = 4;

  private final PrintWriter to;
  private final BookmarkResponse response;

  private CommitAwareWriter(PrintWriter to, BookmarkResponse response) {
    this.to = to;
    this.response = response;
  }

  static PrintWriter around(PrintWriter to, BookmarkResponse response) {
    CommitAwareWriter writer = new CommitAwareWriter(to, response);
    return new PrintWriter(writer) {
      @Override
      public boolean checkError() {
        flush();
        return to.checkError();
      }
    };
  }

  @Override
  public void write(char[] chars, int offset, int length) {
    response.beforeWriting((long) length * MAX_BYTES_PER_CHAR);
    to.write(chars, offset, length);
  }

  @Override
  public void flush() {
    response.beforeCommit();
    to.flush();
  }

  @Override
  public void close() {
    response.beforeCommit();
    to.close();
  }
}
