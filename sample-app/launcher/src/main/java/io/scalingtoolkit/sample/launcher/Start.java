// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A start of the application, from the checks before it to its end. Confined. */
final class Start {

  static final Duration READY_DEADLINE = Duration.ofSeconds(90);
  private static final int REPLICAS = 2;
  private static final int REPLICAS_OF_A_SHARD = 1;

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
   * @param phase phase of growth, 1 to 3
   * @param database what holds the data
   * @param redis whether Redis runs beside it, for limits and cached values that processes share;
   *     from phase 3 on it always does
   * @param port 1 to 65535
   * @param data absolute path, or null for the default one
   * @param detach whether to return once the application answers
   * @param instances processes of the application, 1 to 8; more than one from phase 3 on only
   * @param balancer what spreads requests over them from phase 3 on
   */
  record Options(
      int phase,
      Database database,
      boolean redis,
      int port,
      @Nullable Path data,
      boolean detach,
      int instances,
      BalancerKind balancer) {

    Path folder(Project project) {
      return data == null ? project.defaultData(phase, database) : data;
    }

    /** Servers that follow the one that takes writes; of each shard where there are several. */
    int replicas() {
      return switch (phase) {
        case 1 -> 0;
        case 2 -> REPLICAS;
        default -> REPLICAS_OF_A_SHARD;
      };
    }
  }

  /** An application that has been started and written down, ready or not. */
  private record Running(
      AppProcess app,
      RunState state,
      Program program,
      long startNanos,
      Engines engines,
      AtomicBoolean stopping) {}

  /**
   * Starts the application, tells how to use it and, unless detached, waits for its end.
   *
   * @return exit code of the application, 0 when detached
   * @throws UserError when it cannot start; nothing is left running then
   */
  int run(Options options) throws InterruptedException {
    DataFolder data = new DataFolder(options.folder(project));
    data.requireUsable();
    requireNotMoved(options, data);
    Running running = begin(options, data);
    if (options.detach()) {
      return 0;
    }
    return awaitEnd(running);
  }

  /**
   * As {@link #run}, for a process whose only work this is: it stays until the application ends,
   * and then shuts the database servers down.
   */
  int supervise(Options options) throws InterruptedException {
    if (options.phase() > 2) {
      return new FleetStart(project, states, ports, prepared, out, Balancer::start)
          .supervise(options);
    }
    DataFolder data = new DataFolder(options.folder(project));
    data.requireUsable();
    requireNotMoved(options, data);
    Running running = begin(options, data);
    out.println(Supervisor.READY);
    return awaitEnd(running);
  }

  /**
   * Users who have moved to a server, or are about to, are served from that one only, and in one
   * database.
   */
  static void requireNotMoved(Options options, DataFolder data) {
    MoveNote note = MoveNote.read(data.path()).orElse(null);
    boolean sharded = options.phase() > 2;
    if (note == null || (note.database() == options.database() && !sharded)) {
      return;
    }
    if (note.moved() || options.database().hasServer()) {
      throw new UserError(
          "the data in %s %s to %s; start it with %s%s"
              .formatted(
                  data.path(),
                  note.moved() ? "has moved" : "is on the way",
                  note.database().product(),
                  note.startCommand(data.path()),
                  sharded ? ", or give phase " + options.phase() + " another folder" : ""));
    }
  }

  /** Moves, before anybody is served, whatever an interrupted move has left in the SQLite file. */
  private void finishMove(Options options, DataFolder data, Program program, Engines engines) {
    MoveNote note = MoveNote.read(data.path()).orElse(null);
    if (note == null || note.moved() || !options.database().hasServer()) {
      return;
    }
    out.println("Moving the users from the SQLite file to " + note.database().product() + " …");
    MoverProcess mover =
        MoverProcess.start(
            program,
            new AppProcess.Setup(
                0,
                new DataFolder(data.path().resolve("mover")),
                false,
                engines.environment(),
                Relocation.arguments(data.path(), "0s", true)),
            MoverProcess.Work.TO_SERVER);
    try {
      Reply outcome = mover.follow(reply -> {});
      if (outcome.kind() != Reply.Kind.DONE) {
        throw new UserError(outcome.text());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted while the users move; start again to go on", e);
    }
    new MoveNote(note.database(), true).write(data.path());
  }

  private Running begin(Options options, DataFolder data) throws InterruptedException {
    boolean leaves = options.detach() && !options.database().hasServer();
    Running running = states.exclusively(() -> launch(options, data));
    Thread onSignal = new Thread(() -> stopOnSignal(running), "stop-on-signal");
    Runtime.getRuntime().addShutdownHook(onSignal);
    awaitReady(running);
    long pid = running.app().process().pid();
    new StartReport(running.state(), data, options.database(), pid, running.engines().report())
        .print(out, System.nanoTime() - running.startNanos(), options.detach());
    record(running.program());
    if (leaves) {
      Runtime.getRuntime().removeShutdownHook(onSignal);
    }
    return running;
  }

  private int awaitEnd(Running running) throws InterruptedException {
    int exitCode = running.app().process().waitFor();
    running.engines().close();
    states.remove(running.state());
    if (!running.stopping().get()) {
      out.println("The application ended with exit code " + exitCode + ".");
    }
    return exitCode;
  }

  private Running launch(Options options, DataFolder data) {
    refuseWhenTaken(states, ports, options.port(), data.path());
    data.prepare();
    Program program = prepared.program();
    prepared.removeOutdated(
        states.running().stream().map(RunState::program).collect(Collectors.toSet()));
    long startNanos = System.nanoTime();
    Engines engines = engines(options, data);
    try {
      finishMove(options, data, program, engines);
      boolean leaves = options.detach() && !options.database().hasServer();
      AppProcess app =
          AppProcess.start(
              program,
              new AppProcess.Setup(
                  options.port(), data, leaves, environment(options, engines), List.of()));
      boolean supervised = options.database().hasServer();
      RunState state =
          new RunState(
              options.phase(),
              options.port(),
              data.path(),
              program.jar(),
              identity(supervised ? ProcessHandle.current().pid() : app.process().pid()),
              supervised,
              null);
      states.write(state);
      return new Running(app, state, program, startNanos, engines, new AtomicBoolean());
    } catch (RuntimeException e) {
      engines.close();
      throw e;
    }
  }

  /** What the same application is told in each phase. */
  static Map<String, String> environment(Options options, Engines engines) {
    Map<String, String> variables = new HashMap<>(engines.environment());
    if (options.phase() > 1) {
      variables.put("TOOLKIT_CACHE_ENABLED", "true");
      // Here one process ends all sessions. The instances of phase 3 would hear late of each other.
      variables.put("APP_SECURITY_SESSIONCACHE", "true");
    }
    return variables;
  }

  private static Engines engines(Options options, DataFolder data) {
    if (!options.database().hasServer()) {
      return Engines.NONE;
    }
    Engines databases =
        TestkitEngines.start(
            new TestkitEngines.Plan(
                options.database(),
                options.replicas(),
                data.path().resolve("engine"),
                Password.fresh()),
            data.path().resolve("logs/engine.log"));
    return options.redis() ? SharedRedis.start(databases) : databases;
  }

  static ProcessIdentity identity(long pid) {
    return ProcessIdentity.of(pid).orElseGet(() -> new ProcessIdentity(pid, "ended at once"));
  }

  /** Refuses a start beside something that has the port or the data already. */
  static void refuseWhenTaken(RunStates states, ListeningPorts ports, int port, Path data) {
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
      running.engines().close();
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
  private void stopOnSignal(Running running) {
    ProcessHandle app = running.app().process().toHandle();
    if (!app.isAlive()) {
      running.engines().close();
      return;
    }
    running.stopping().set(true);
    out.println("Stopping …");
    try {
      Shutdown end = Shutdown.of(app, Shutdown.GRACE);
      running.engines().close();
      out.println(
          end == Shutdown.FORCED
              ? "Killed: it did not stop within " + Shutdown.GRACE.toSeconds() + " s."
              : "Stopped.");
      states.remove(running.state());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
