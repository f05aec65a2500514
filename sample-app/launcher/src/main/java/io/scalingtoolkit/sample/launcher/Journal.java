// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/**
 * What happens to the processes that a supervisor keeps: said to whoever started it, as long as
 * somebody is there, and written to a file. Thread-safe.
 */
final class Journal {

  private final PrintStream out;
  private final Path file;
  private final InstantSource clock;

  /**
   * @param file appended to; its folder is made by the start
   */
  Journal(PrintStream out, Path file, InstantSource clock) {
    this.out = out;
    this.file = file;
    this.clock = clock;
  }

  /** Notes one sentence. */
  synchronized void note(String sentence) {
    out.println(sentence);
    try {
      Files.writeString(
          file,
          clock.instant().truncatedTo(ChronoUnit.MILLIS) + " " + sentence + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      out.println("Cannot write " + file + ": " + UserError.reason(e));
    }
  }
}
