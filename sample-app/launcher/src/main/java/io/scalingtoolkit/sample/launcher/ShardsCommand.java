// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code ./run shards}: shows the shards of what runs; {@code add NAME} adds one and moves its
 * share of the data to it, {@code resume} goes on after that was interrupted.
 */
@Command(name = "shards")
final class ShardsCommand implements Callable<Integer> {

  private static final int PHASE = 3;

  private final RunStates states;
  private final PrintStream out;
  private final boolean terminal;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "add|resume")
  private @Nullable String action;

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME")
  private @Nullable String name;

  @Option(names = "--port")
  private @Nullable Integer port;

  /**
   * @param terminal whether the output is a terminal, where lines can be drawn over
   */
  ShardsCommand(RunStates states, PrintStream out, boolean terminal) {
    this.states = states;
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (port != null) {
      StartCommand.requirePort(spec, port);
    }
    String command = command();
    Path socket = socket(chosen());
    if (action != null) {
      out.println("Ctrl-C ends this display only; ./run shards resume shows it again.");
    }
    MoveProgress progress = new MoveProgress(out, terminal, System::nanoTime);
    String last;
    try {
      last = ControlClient.send(socket, command, reply -> show(reply, progress));
    } finally {
      progress.end();
    }
    if (!last.isEmpty()) {
      out.println(last);
    }
    return 0;
  }

  private String command() {
    if (action == null) {
      return "shards";
    }
    if (action.equals("resume") && name == null) {
      return "shards resume";
    }
    if (!action.equals("add") || name == null) {
      throw StartCommand.wrong(
          spec, "shards knows two actions, add NAME and resume; got " + given());
    }
    if (!ShardList.NAME.matcher(name).matches()) {
      throw StartCommand.wrong(
          spec, "the name of a shard must match " + ShardList.NAME + "; got " + name);
    }
    return "shards add " + name;
  }

  private String given() {
    return name == null ? String.valueOf(action) : action + " " + name;
  }

  private RunState chosen() {
    List<RunState> running = states.running();
    if (port != null) {
      int wanted = port;
      return running.stream()
          .filter(state -> state.port() == wanted)
          .findFirst()
          .orElseThrow(() -> new UserError("nothing runs from this project on port " + wanted));
    }
    List<RunState> sharded = running.stream().filter(state -> state.phase() >= PHASE).toList();
    if (sharded.size() == 1) {
      return sharded.get(0);
    }
    if (sharded.size() > 1) {
      throw new UserError(
          "several applications have shards; choose one with --port: "
              + sharded.stream()
                  .map(state -> Integer.toString(state.port()))
                  .collect(Collectors.joining(", ")));
    }
    if (running.isEmpty()) {
      throw new UserError("nothing runs from this project; start it with ./run --phase 3");
    }
    return running.get(0);
  }

  private static Path socket(RunState state) {
    if (state.phase() < PHASE || state.control() == null) {
      throw new UserError("shards come with phase 3; what runs is " + state.describe());
    }
    return state.control();
  }

  private void show(Reply reply, MoveProgress progress) {
    switch (reply.kind()) {
      case MOVE -> progress.show(reply.text());
      case JSON -> ShardTable.lines(reply.text()).forEach(out::println);
      case TEXT, STEP, DONE, FAILED -> {
        progress.end();
        out.println(reply.text());
      }
    }
  }
}
