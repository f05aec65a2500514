// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A start of the application, from the checks before it to its end. Confined. */
final class Start {

  private static final Duration READY_DEADLINE = Duration.ofSeconds(90);

  private final Project project;
  private final RunStates states;
  private final ListeningPorts ports;
  private final PreparedFolder prepared;
  private final PrintStream out;

  Start(
      Project project,
      RunStates states,
      ListeningPorts ports,
      PreparedFolder prepared,
      PrintStream out) {
    this.project = project;
    this.states = states;
    this.ports = ports;
    this.prepared = prepared;
    this.out = out;
  }

  /**
   * What the user asked for.
   *
   * @param phase phase of growth; only 1 so far
   * @param port 1 to 65535
   * @param data absolute path, or null for the default one
   * @param detach whether to return once the application answers
   */
  record Options(int phase, int port, @Nullable Path data, boolean detach) {}

  /** An application that has been started and written down, ready or not. */
  private record Running(AppProcess app, RunState state, Program program, long startNanos) {}

  /**
   * Starts the application, tells how to use it and, unless detached, waits for its end.
   *
   * @return exit code of the application, 0 when detached
   * @throws UserError when it cannot start; nothing is left running then
   */
  int run(Options options) throws InterruptedException {
    Path folder = options.data() == null ? project.defaultData(options.phase()) : options.data();
    DataFolder data = new DataFolder(folder);
    data.requireUsable();
    Running running = states.exclusively(() -> launch(options, data));
    AtomicBoolean stopping = new AtomicBoolean();
    Thread onSignal = new Thread(() -> stopOnSignal(running, stopping), "stop-on-signal");
    Runtime.getRuntime().addShutdownHook(onSignal);
    awaitReady(running);
    new StartReport(running.state(), data)
        .print(out, System.nanoTime() - running.startNanos(), options.detach());
    record(running.program());
    if (options.detach()) {
      Runtime.getRuntime().removeShutdownHook(onSignal);
      return 0;
    }
    int exitCode = running.app().process().waitFor();
    states.remove(running.state());
    if (!stopping.get()) {
      out.println("The application ended with exit code " + exitCode + ".");
    }
    return exitCode;
  }

  private Running launch(Options options, DataFolder data) {
    refuseWhenTaken(options.port(), data.path());
    data.prepare();
    Program program = prepared.program();
    prepared.removeOutdated(
        states.running().stream().map(RunState::program).collect(Collectors.toSet()));
    long startNanos = System.nanoTime();
    AppProcess app =
        AppProcess.start(program, new AppProcess.Setup(options.port(), data, options.detach()));
    ProcessIdentity identity = identity(app.process().pid());
    RunState state =
        new RunState(options.phase(), options.port(), data.path(), program.jar(), identity);
    states.write(state);
    return new Running(app, state, program, startNanos);
  }

  private static ProcessIdentity identity(long pid) {
    return ProcessIdentity.of(pid).orElseGet(() -> new ProcessIdentity(pid, "ended at once"));
  }

  private void refuseWhenTaken(int port, Path data) {
    for (RunState other : states.running()) {
      if (other.port() == port || other.data().equals(data)) {
        throw new UserError(
            (other.port() == port ? "port " + port : "the data folder " + data)
                + " is in use by this project's application, "
                + other.describe()
                + "; stop it with ./run stop --port "
                + other.port());
      }
    }
    Optional<ListeningPorts.Holder> holder = ports.holder(port);
    if (holder.isPresent()) {
      throw new UserError(taken(port, holder.get()));
    }
  }

  /** Says who holds a port that is not ours. */
  static String taken(int port, ListeningPorts.Holder holder) {
    String who =
        holder.pid() == 0
            ? "a process of another user, which this user cannot see"
            : "another program, pid " + holder.pid() + ": " + holder.command();
    return "port " + port + " is in use by " + who + "; choose another port with --port N";
  }

  private void awaitReady(Running running) throws InterruptedException {
    try {
      running.app().awaitReady(READY_DEADLINE, ports);
    } catch (UserError e) {
      Shutdown.of(running.app().process().toHandle(), Shutdown.GRACE);
      states.remove(running.state());
      throw e;
    }
  }

  private void record(Program program) {
    if (program.unrecorded() && prepared.recordInBackground(project)) {
      out.println("This start is being recorded in the background; the next one will be faster.");
    }
  }

  /** Runs in the shutdown hook: a signal has arrived, or the launcher itself is about to exit. */
  private void stopOnSignal(Running running, AtomicBoolean stopping) {
    ProcessHandle app = running.app().process().toHandle();
    if (!app.isAlive()) {
      return;
    }
    stopping.set(true);
    out.println("Stopping …");
    try {
      out.println(
          Shutdown.of(app, Shutdown.GRACE) == Shutdown.FORCED
              ? "Killed: it did not stop within " + Shutdown.GRACE.toSeconds() + " s."
              : "Stopped.");
      states.remove(running.state());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
