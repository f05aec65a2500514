// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./run stop}: ends what this project started, and nothing else. */
@Command(name = "stop")
final class StopCommand implements Callable<Integer> {

  private final RunStates states;
  private final PrintStream out;

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--port")
  private @Nullable Integer port;

  StopCommand(RunStates states, PrintStream out) {
    this.states = states;
    this.out = out;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (port != null) {
      StartCommand.requirePort(spec, port);
    }
    states.leftovers().stream().filter(this::wanted).forEach(states::remove);
    List<RunState> running = states.running().stream().filter(this::wanted).toList();
    if (running.isEmpty()) {
      out.println(
          "Nothing runs from this project" + (port == null ? "." : " on port " + port + "."));
    }
    for (RunState state : running) {
      stop(state);
    }
    return 0;
  }

  private boolean wanted(RunState state) {
    return port == null || state.port() == port;
  }

  private void stop(RunState state) throws InterruptedException {
    Optional<ProcessHandle> process = state.process().alive();
    Shutdown end =
        process.isEmpty() ? Shutdown.GRACEFUL : Shutdown.of(process.get(), state.grace());
    if (end == Shutdown.REFUSED) {
      throw new UserError(
          "cannot stop " + state.describe() + ": it belongs to another user or does not react");
    }
    Optional<ProcessHandle> keeper = state.aliveKeeper();
    if (keeper.isPresent()) {
      Shutdown unused = Shutdown.of(keeper.get(), Shutdown.SUPERVISED_GRACE);
    }
    states.remove(state);
    out.println(
        end == Shutdown.FORCED
            ? "Killed "
                + state.describe()
                + ": it did not stop within "
                + state.grace().toSeconds()
                + " s."
            : "Stopped " + state.describe() + ".");
  }
}
