// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/** A start of phase 3 in the process whose only work it is. Confined. */
final class FleetStart {

  private final Project project;
  private final RunStates states;
  private final ListeningPorts ports;
  private final PreparedFolder prepared;
  private final PrintStream out;
  private final Balancers balancers;

  FleetStart(
      Project project,
      RunStates states,
      ListeningPorts ports,
      PreparedFolder prepared,
      PrintStream out,
      Balancers balancers) {
    this.project = project;
    this.states = states;
    this.ports = ports;
    this.prepared = prepared;
    this.out = out;
    this.balancers = balancers;
  }

  /** Starts load balancers, as {@link Balancer#start} does. */
  interface Balancers {

    /** See {@link Balancer#start}. */
    Balancer start(
        BalancerKind kind, Project project, int port, List<Integer> instancePorts, Path directory);
  }

  /**
   * Starts everything, tells how to use it, and stays until no instance is left or it is told to
   * stop.
   *
   * @return 1, since instances do not end by themselves in good times
   * @throws UserError when something does not start; nothing is left running then
   */
  int supervise(Start.Options options) throws InterruptedException {
    DataFolder data = new DataFolder(options.folder(project));
    data.requireUsable();
    Start.requireNotMoved(options, data);
    long startNanos = System.nanoTime();
    RunState state = states.exclusively(() -> claim(options, data));
    Journal journal =
        new Journal(out, data.path().resolve("logs/supervisor.log"), InstantSource.system());
    Program program = prepared.program();
    Fleet fleet =
        new Fleet(
            new Fleet.Setup(
                program,
                data,
                options.instances(),
                control(state),
                ports,
                journal,
                System::nanoTime,
                new Random()),
            new TestkitParts(this, options, data, Password.fresh()));
    AtomicBoolean stopping = new AtomicBoolean();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> stopOnSignal(fleet, state, stopping), "stop-on-signal"));
    try {
      Fleet.Report report = fleet.start();
      new FleetReport(state, options, data, report)
          .print(out, System.nanoTime() - startNanos, options.detach());
      if (program.unrecorded() && prepared.recordInBackground(project)) {
        out.println("This start is being recorded in the background; the next will be faster.");
      }
      out.println(Supervisor.READY);
      fleet.awaitEnd();
      if (!stopping.get()) {
        journal.note("No instance is left; everything is being stopped.");
      }
    } catch (UserError e) {
      if (!stopping.get()) {
        throw e;
      }
    } finally {
      if (!stopping.get()) {
        fleet.close();
        states.remove(state);
      }
    }
    return 1;
  }

  /** Writes down that this process has the port and the data, before anything starts. */
  private RunState claim(Start.Options options, DataFolder data) {
    Start.refuseWhenTaken(states, ports, options.port(), data.path());
    data.prepare();
    // Shared by all instances, so none of them is left to make it.
    data.inner("keys");
    data.inner("avatars");
    Program program = prepared.program();
    prepared.removeOutdated(
        states.running().stream().map(RunState::program).collect(Collectors.toSet()));
    RunState state =
        new RunState(
            options.phase(),
            options.port(),
            data.path(),
            program.jar(),
            Start.identity(ProcessHandle.current().pid()),
            true,
            ControlSocket.place(project.stateFolder(), options.port()));
    states.write(state);
    return state;
  }

  private static Path control(RunState state) {
    if (state.control() == null) {
      throw new IllegalStateException("the state of phase 3 must name a socket");
    }
    return state.control();
  }

  /** Runs in the shutdown hook: a signal has arrived, or this process is about to exit. */
  private void stopOnSignal(Fleet fleet, RunState state, AtomicBoolean stopping) {
    if (states.running().stream().noneMatch(state::equals)) {
      return; // has been ended in order already
    }
    stopping.set(true);
    out.println("Stopping …");
    fleet.close();
    states.remove(state);
    out.println("Stopped.");
  }

  /**
   * What the testkit and this machine have.
   *
   * @param start whose balancers are used
   * @param options what the user asked for
   * @param data folder of the whole
   * @param password the same in the servers of all shards
   */
  private record TestkitParts(
      FleetStart start, Start.Options options, DataFolder data, String password)
      implements Fleet.Parts {

    @Override
    public Engines shard(String name) {
      return TestkitEngines.start(
          new TestkitEngines.Plan(
              options.database(),
              options.replicas(),
              data.path().resolve("engine-" + name),
              password),
          data.path().resolve("logs/engine.log"));
    }

    @Override
    public Engines shared(Engines databases) {
      return ClusteredRedis.start(databases, options.instances());
    }

    @Override
    public Balancer balancer(List<Integer> instancePorts) {
      return start.balancers.start(
          options.balancer(), start.project, options.port(), instancePorts, data.inner("balancer"));
    }

    @Override
    public String toString() {
      return "TestkitParts[" + data.path() + "]"; // without the password
    }
  }
}
