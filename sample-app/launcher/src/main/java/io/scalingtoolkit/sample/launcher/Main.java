// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;

/** Entry point of the {@code run} command. */
public final class Main {

  private static final int FAILED = 1;

  /** Set by the script, which can tell. */
  private static final String TERMINAL = "scalingtoolkit.terminal";

  private Main() {}

  /**
   * Runs one command and exits: 0 on success, 1 on a failure, 2 on a wrong option; a start in the
   * foreground passes on the exit code of the application.
   *
   * @param args as in {@code ./run --help}
   */
  public static void main(String[] args) {
    System.exit(commandLine(Project.current(), System.out, System.err).execute(args));
  }

  static CommandLine commandLine(Project project, PrintStream out, PrintStream err) {
    RunStates states = new RunStates(project.stateFolder());
    ListeningPorts ports = new ListeningPorts(Path.of("/proc"));
    PreparedFolder prepared = new PreparedFolder(project.preparedFolder(), project.appJar());
    Start start = new Start(project, states, ports, prepared, out);
    Supervisor supervisor = new Supervisor(project, out, err);
    boolean terminal = Boolean.getBoolean(TERMINAL);
    return new CommandLine(new StartCommand(start, supervisor))
        .addSubcommand("supervise", new SuperviseCommand(start))
        .addSubcommand("stop", new StopCommand(states, out))
        .addSubcommand("doctor", new DoctorCommand(new Doctor(project, states, ports), out))
        .addSubcommand("shards", new ShardsCommand(states, out, terminal))
        .addSubcommand("move", new MoveCommand(states, supervisor, out, terminal))
        .addSubcommand("keep", new KeepCommand(new Keeper(project, states, prepared, out)))
        .addSubcommand("keys", new KeysCommand(project, prepared, out))
        .addSubcommand(
            "prepare",
            new PrepareCommand(states, List.of(prepared, GatewayBalancer.prepared(project))))
        .setParameterExceptionHandler(
            (wrong, arguments) -> {
              err.println(
                  "run: "
                      + UserError.oneLine(String.valueOf(wrong.getMessage()))
                      + "; see ./run --help");
              return CommandLine.ExitCode.USAGE;
            })
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              err.println("run: " + explain(failure));
              return FAILED;
            });
  }

  private static String explain(Exception failure) {
    return failure instanceof UserError
        ? String.valueOf(failure.getMessage())
        : "unexpected failure, please report it: " + UserError.oneLine(failure.toString());
  }
}
