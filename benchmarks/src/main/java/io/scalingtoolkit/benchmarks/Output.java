// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all parts have in common: how bad input is refused and where the rows go. Confined. */
final class Output {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the rows there as JSON too.")
  private @Nullable Path json;

  private CommandLine command() {
    return spec.commandLine();
  }

  /** Refuses a file that could not be written at the end. */
  void check() {
    requireWritable("--json", json);
  }

  void requireWritable(String option, @Nullable Path file) {
    if (file != null) {
      require(
          Report.isWritable(file),
          option + " must name a file in a folder that can be written",
          file);
    }
  }

  /** Refuses an option. */
  void require(boolean kept, String rule, Object value) {
    if (!kept) {
      throw refusal(rule + ", but is " + value, null);
    }
  }

  ParameterException refusal(String message, @Nullable Throwable cause) {
    return new ParameterException(command(), message, cause);
  }

  /** Tells what is done now. */
  void progress(String what) {
    PrintWriter err = command().getErr();
    err.println(what);
    err.flush();
  }

  PrintWriter out() {
    return command().getOut();
  }

  /** Begins the facts of a report with machine and command. */
  Map<String, String> facts() {
    return Machine.facts(command().getParseResult().originalArgs());
  }

  /** The folder for logs. */
  Path logs() throws IOException {
    return Files.createDirectories(root().resolve("benchmarks/target"));
  }

  /** The packaged application. */
  Path application() {
    return root().resolve("sample-app/app/target/sample-app.jar").toAbsolutePath();
  }

  private static Path root() {
    return Path.of(System.getProperty("scalingtoolkit.root", ""));
  }

  /**
   * Prints the rows, and writes them where that is wanted.
   *
   * @return the exit code that they stand for
   */
  int publish(Report report) throws IOException {
    report.print(out());
    if (json != null) {
      report.writeJson(json);
    }
    return report.exitCode();
  }
}
