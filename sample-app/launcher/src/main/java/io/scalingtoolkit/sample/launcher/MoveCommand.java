// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code ./run move --to phase 2}: moves the users of a running application from SQLite to servers,
 * while it serves them; {@code resume} goes on after that was interrupted, {@code --back} takes it
 * back while it soaks.
 */
@Command(name = "move")
final class MoveCommand implements Callable<Integer> {

  private static final Pattern SOAK = Pattern.compile("[1-9][0-9]{0,5}(s|m|h|d)|0s?");

  private final RunStates states;
  private final Supervisor supervisor;
  private final PrintStream out;
  private final boolean terminal;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "resume")
  private @Nullable String action;

  @Option(names = "--to", arity = "1..2", paramLabel = "phase 2")
  private @Nullable List<String> to;

  @Option(names = "--db")
  private String db = "postgres";

  @Option(names = "--soak")
  private String soak = "0s";

  @Option(names = "--back")
  private boolean back;

  @Option(names = "--port")
  private @Nullable Integer port;

  /**
   * Creates the command.
   *
   * @param terminal whether the output is a terminal, where lines can be drawn over
   */
  MoveCommand(RunStates states, Supervisor supervisor, PrintStream out, boolean terminal) {
    this.states = states;
    this.supervisor = supervisor;
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (port != null) {
      StartCommand.requirePort(spec, port);
    }
    requireOneWish();
    Database database = database();
    RunState state = chosen();
    if (state.control() == null || state.aliveKeeper().isEmpty()) {
      RunState app = Keeper.movable(states, state.port());
      if (back) {
        throw new UserError("no move is under way, so there is nothing to take back");
      }
      Database wanted = database;
      if (action != null) {
        wanted =
            MoveNote.read(app.data())
                .filter(note -> !note.moved())
                .orElseThrow(
                    () -> new UserError("no move has been begun; ./run move --to phase 2 does"))
                .database();
      }
      out.println("Starting " + wanted.product() + ", a primary and two replicas …");
      int exit = supervisor.keep(new Keeper.Options(state.port(), wanted, soak));
      if (exit != 0) {
        return exit;
      }
      state = on(state.port());
    }
    send(state);
    return 0;
  }

  private void requireOneWish() {
    if (action != null && !action.equals("resume")) {
      throw StartCommand.wrong(spec, "move knows one action, resume; got " + action);
    }
    int wishes = (action == null ? 0 : 1) + (back ? 1 : 0) + (to == null ? 0 : 1);
    if (wishes != 1) {
      throw StartCommand.wrong(spec, "move takes one of --to phase 2, --back and resume");
    }
    if (to != null && !List.of("phase 2", "phase-2", "2").contains(String.join(" ", to))) {
      throw StartCommand.wrong(spec, "--to must be phase 2; got " + String.join(" ", to));
    }
    if (!SOAK.matcher(soak).matches()) {
      throw StartCommand.wrong(
          spec, "--soak must be a number of s, m, h or d, such as 10m; got " + soak);
    }
  }

  private Database database() {
    try {
      Database named = Database.of(db);
      if (named.hasServer()) {
        return named;
      }
    } catch (IllegalArgumentException e) {
      throw StartCommand.wrong(spec, String.valueOf(e.getMessage()));
    }
    throw StartCommand.wrong(spec, "--db must have replicas from phase 2 on; got " + db);
  }

  private RunState chosen() {
    if (port != null) {
      return on(port);
    }
    List<RunState> running = states.running();
    if (running.isEmpty()) {
      throw new UserError("nothing runs from this project; start it with ./run");
    }
    List<RunState> movable =
        running.stream()
            .filter(state -> (state.phase() == 1 && !state.supervised()) || state.keeper() != null)
            .toList();
    if (movable.size() > 1) {
      throw new UserError(
          "several applications could be moved; choose one with --port: "
              + movable.stream()
                  .map(state -> Integer.toString(state.port()))
                  .collect(Collectors.joining(", ")));
    }
    return movable.isEmpty() ? running.get(0) : movable.get(0);
  }

  private RunState on(int wanted) {
    return states.running().stream()
        .filter(state -> state.port() == wanted)
        .findFirst()
        .orElseThrow(() -> new UserError("nothing runs from this project on port " + wanted));
  }

  private void send(RunState state) {
    Path socket = state.control();
    if (socket == null) {
      throw new UserError("the move has just ended; ./run move --to phase 2 begins another one");
    }
    if (state.phase() > 1) {
      throw new UserError("the data has moved already; what runs is " + state.describe());
    }
    out.println("Ctrl-C ends this display only; ./run move resume shows it again.");
    MoveProgress progress = new MoveProgress(out, terminal, System::nanoTime);
    String last;
    try {
      last =
          ControlClient.send(
              socket,
              back ? "move back" : "move",
              reply -> show(reply, progress),
              "what it has begun goes on with ./run move resume or, when the application has ended"
                  + " too, with ./run --phase 2 --data "
                  + state.data());
    } finally {
      progress.end();
    }
    out.println(last);
  }

  private void show(Reply reply, MoveProgress progress) {
    if (reply.kind() == Reply.Kind.MOVE) {
      progress.show(reply.text());
    } else {
      progress.end();
      out.println(reply.text());
    }
  }
}
