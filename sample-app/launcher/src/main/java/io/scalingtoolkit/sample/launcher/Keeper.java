// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The process that keeps the servers of an application which was started without any: it starts
 * them, has the users moved to them, and stays for as long as the application does. Thread-safe;
 * one move in the life of each.
 */
final class Keeper {

  /** As many as {@code ./run --phase 2} starts. */
  private static final int REPLICAS = 2;

  private final Project project;
  private final RunStates states;
  private final PreparedFolder prepared;
  private final PrintStream out;
  private final Servers servers;
  private final CountDownLatch over = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  /** What has to be ended, the last first. */
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private @Nullable RunState state;
  private @Nullable Relocation relocation;
  private boolean closed;

  Keeper(Project project, RunStates states, PreparedFolder prepared, PrintStream out) {
    // Not by the name of the method: the testkit is loaded when servers are wanted.
    this(project, states, prepared, out, (plan, log) -> TestkitEngines.start(plan, log));
  }

  Keeper(
      Project project,
      RunStates states,
      PreparedFolder prepared,
      PrintStream out,
      Servers servers) {
    this.project = project;
    this.states = states;
    this.prepared = prepared;
    this.out = out;
    this.servers = servers;
  }

  /** Starts database servers, as {@link TestkitEngines#start} does. */
  interface Servers {

    /** See {@link TestkitEngines#start}. */
    Engines start(TestkitEngines.Plan plan, Path log);
  }

  /**
   * What is wanted.
   *
   * @param port of the application
   * @param database where its users shall be
   * @param soak for how long they can be taken back, as the application reads durations
   */
  record Options(int port, Database database, String soak) {}

  /**
   * Starts the servers and takes commands until the application ends or the move was undone.
   *
   * @return 0
   * @throws UserError when the servers do not start; nothing has changed then
   */
  int keep(Options options) throws InterruptedException {
    RunState app = movable(states, options.port());
    ProcessHandle process =
        app.process()
            .alive()
            .orElseThrow(() -> new UserError("the application has ended: " + app.describe()));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(app, process), "stop-on-signal"));
    try {
      begin(options, app);
      out.println(Supervisor.READY);
      CompletableFuture<Void> appEnds = process.onExit().thenRun(over::countDown);
      over.await();
      appEnds.cancel(false);
    } finally {
      close(app, process);
    }
    return 0;
  }

  /**
   * The application on a port, if its users can move.
   *
   * @throws UserError saying why not
   */
  static RunState movable(RunStates states, int port) {
    RunState app =
        states.running().stream()
            .filter(state -> state.port() == port)
            .findFirst()
            .orElseThrow(() -> new UserError("nothing runs from this project on port " + port));
    if (app.phase() > 1) {
      throw new UserError(
          "only an application of phase 1 on SQLite can be moved; what runs is " + app.describe());
    }
    if (app.supervised()) {
      throw new UserError(
          "only data in SQLite can be moved, and what runs has a database server already: "
              + app.describe());
    }
    if (app.aliveKeeper().isPresent()) {
      throw new UserError(
          "another ./run move is starting its servers; ./run move resume shows it in a moment");
    }
    return app;
  }

  private void begin(Options options, RunState app) {
    DataFolder data = new DataFolder(app.data());
    Optional<MoveNote> note = MoveNote.read(data.path());
    if (note.isPresent() && note.get().database() != options.database()) {
      throw new UserError(
          "the move of %s to %s has been begun; go on with ./run move --to phase 2 --db %s"
              .formatted(
                  data.path(), note.get().database().product(), note.get().database().word()));
    }
    ProcessIdentity self = Start.identity(ProcessHandle.current().pid());
    claim(app, app.keptBy(null, self)); // before the servers, which take seconds
    Engines started =
        servers.start(
            new TestkitEngines.Plan(
                options.database(), REPLICAS, data.path().resolve("engine"), Password.fresh()),
            data.path().resolve("logs/engine.log"));
    keep(started);
    Path socket = ControlSocket.place(project.stateFolder(), app.port());
    if (note.isEmpty()) {
      new MoveNote(options.database(), false).write(data.path());
    }
    Relocation moving =
        new Relocation(
            data.path(),
            options.database(),
            work -> mover(options, data, started, work),
            this::moved,
            over::countDown);
    synchronized (this) {
      relocation = moving;
    }
    keep(moving);
    keep(ControlSocket.open(socket, moving::answer));
    write(app.keptBy(socket, self));
  }

  /** Another move of the same application is refused from here on. */
  private void claim(RunState app, RunState kept) {
    boolean unused =
        states.exclusively(
            () -> {
              if (!movable(states, app.port()).process().equals(app.process())) {
                throw new UserError("another application has been started meanwhile");
              }
              write(kept);
              return true;
            });
  }

  private synchronized void write(RunState next) {
    if (!closed) {
      states.write(next);
      state = next;
    }
  }

  private void keep(AutoCloseable part) {
    synchronized (this) {
      if (!closed) {
        open.addFirst(part);
        return;
      }
    }
    end(part);
    throw new UserError("everything is being stopped");
  }

  private MoverProcess mover(
      Options options, DataFolder data, Engines servers, MoverProcess.Work work) {
    return MoverProcess.start(
        prepared.program(),
        new AppProcess.Setup(
            0,
            new DataFolder(data.path().resolve("mover")),
            false,
            servers.environment(),
            Relocation.arguments(data.path(), options.soak(), false)),
        work);
  }

  /** From now on it is an application of phase 2. */
  private synchronized void moved() {
    if (state != null) {
      write(state.inPhase(2));
    }
  }

  /**
   * Ends all, once; a second call waits for the first, since a signal ends the process after it.
   */
  private void close(RunState app, ProcessHandle process) {
    try {
      if (beginsToClose()) {
        endAll(app, process);
        ended.countDown();
      } else {
        ended.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean beginsToClose() {
    boolean first = !closed;
    closed = true;
    return first;
  }

  /** Before the servers, an application that needs them. */
  private void endAll(RunState app, ProcessHandle process) throws InterruptedException {
    Relocation moving;
    RunState written;
    synchronized (this) {
      moving = relocation;
      written = state;
    }
    boolean here = moving == null || !moving.hasArrived();
    if (!here) {
      Shutdown unused = Shutdown.of(process, Shutdown.GRACE);
    }
    for (AutoCloseable part = next(); part != null; part = next()) {
      end(part);
    }
    if (written != null) {
      states.remove(written);
      if (here && process.isAlive()) {
        states.write(app.alone());
      }
    }
  }

  private synchronized @Nullable AutoCloseable next() {
    return open.pollFirst();
  }

  /** One that does not end in order must not keep the others from it. */
  private void end(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      out.println("A part did not end in order: " + UserError.oneLine(e.toString()));
    }
  }
}
