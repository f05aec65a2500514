// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code bench} command: one part of the project per subcommand. Confined. */
@Command(
    name = "bench",
    description = {
      "Measures a part of the project and prints one row for each bar.",
      "Exit code: 0 every bar is met, 1 one falls short, 2 bad input, 3 the run does not count."
    },
    mixinStandardHelpOptions = true,
    version = "Scaling Toolkit 0.1.0-SNAPSHOT",
    synopsisSubcommandLabel = "PART",
    commandListHeading = "%nParts:%n",
    subcommands = {
      PhaseOne.class,
      PhaseTwo.class,
      CachedReads.class,
      Replication.class,
      Limits.class,
      Caches.class,
      Sharding.class,
      Outage.class,
      Overload.class,
      Spike.class
    })
final class Bench implements Runnable {
  static final int EXIT_OK = 0;
  static final int EXIT_SHORT = 1;
  static final int EXIT_BAD_INPUT = 2;
  static final int EXIT_VOID = 3;

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  private Bench() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    Charset charset = Charset.defaultCharset();
    PrintWriter out = new PrintWriter(System.out, true, charset);
    PrintWriter err = new PrintWriter(System.err, true, charset);
    System.exit(run(out, err, arguments));
  }

  /** Runs the command and returns its exit code; never throws on bad input. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    return new CommandLine(new Bench())
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler(Bench::badInput)
        .setExecutionExceptionHandler(Bench::failed)
        .execute(arguments);
  }

  /** Without a part, the parts there are. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private static int badInput(ParameterException problem, String[] arguments) {
    PrintWriter err = problem.getCommandLine().getErr();
    err.println("bench: " + firstLine(problem) + " (./bench --help tells what there is)");
    return EXIT_BAD_INPUT;
  }

  private static int failed(
      Exception problem, CommandLine command, CommandLine.ParseResult arguments) {
    command.getErr().println("bench: " + firstLine(problem));
    return problem instanceof BenchmarkException ? EXIT_VOID : EXIT_SHORT;
  }

  private static String firstLine(Exception problem) {
    String message = problem.getMessage();
    String text = message == null ? problem.toString() : message;
    return text.lines().findFirst().orElse(text);
  }
}
