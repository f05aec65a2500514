// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The last lines of an engine's log, as a paragraph for an exception message. Immutable. */
public final class LogTail {
  private static final int MAX_BYTES = 4096;

  private LogTail() {}

  /**
   * Returns at most the last 4096 bytes of the log, introduced by a line that names the file.
   *
   * <p>Never throws: an unreadable or empty log gives a paragraph that says so.
   */
  public static String of(Path log) {
    if (!Files.isReadable(log)) {
      return "\n--- no log at " + log;
    }
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long from = Math.max(0, file.length() - MAX_BYTES);
      byte[] bytes = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8).strip();
      return "\n--- end of " + log + ":\n" + (text.isEmpty() ? "(empty)" : text);
    } catch (IOException e) {
      return "\n--- cannot read " + log + ": " + e;
    }
  }
}
