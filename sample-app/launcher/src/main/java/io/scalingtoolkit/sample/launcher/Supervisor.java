// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A process of ours, in a session of its own, that owns the database servers and the application,
 * so that they end in order however the launcher ends: it stops the application first and the
 * servers after it when it is told to, or when the pipe to its standard input closes. If it is
 * killed itself, the application sees the end of its own pipe and the servers are killed by the
 * testkit's watchdog; committed data survive both. Confined.
 */
final class Supervisor {

  /** The line that says that the report is complete and the application answers. */
  static final String READY = "\u0004";

  private static final long RELAY_SECONDS = 5;

  private final Project project;
  private final PrintStream out;
  private final PrintStream err;

  Supervisor(Project project, PrintStream out, PrintStream err) {
    this.project = project;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts one and passes on what it says until it ends or, when detached, until it is ready.
   *
   * @return its exit code, 0 when detached and ready
   */
  int run(Start.Options options) throws InterruptedException {
    return run(arguments(options), options.detach());
  }

  /**
   * Starts a {@link Keeper} and passes on what it says until it takes commands.
   *
   * @return 0, or its exit code when it ended before that
   */
  int keep(Keeper.Options options) throws InterruptedException {
    return run(
        List.of(
            "keep",
            "--port",
            Integer.toString(options.port()),
            "--db",
            options.database().word(),
            "--soak",
            options.soak()),
        true);
  }

  private int run(List<String> arguments, boolean detach) throws InterruptedException {
    Process process = start(arguments, detach);
    CountDownLatch relayed = new CountDownLatch(1);
    Thread onSignal = new Thread(() -> stop(process, relayed), "stop-on-signal");
    Runtime.getRuntime().addShutdownHook(onSignal);
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      boolean ready = relay(lines, detach);
      relayed.countDown();
      if (ready) {
        Runtime.getRuntime().removeShutdownHook(onSignal);
        return 0;
      }
    } catch (IOException e) {
      throw new UserError("lost what the supervisor says: " + UserError.reason(e), e);
    }
    return process.waitFor();
  }

  /** Returns true when it is ready and that is all that is waited for. */
  private boolean relay(BufferedReader lines, boolean untilReady) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.equals(READY)) {
        (line.startsWith("run: ") ? err : out).println(line);
      } else if (untilReady) {
        return true;
      }
    }
    return false;
  }

  private List<String> arguments(Start.Options options) {
    List<String> arguments = new ArrayList<>();
    arguments.add("supervise");
    arguments.addAll(List.of("--phase", Integer.toString(options.phase())));
    arguments.addAll(List.of("--db", options.database().word()));
    if (options.redis()) {
      arguments.add("--redis");
    }
    arguments.addAll(List.of("--port", Integer.toString(options.port())));
    arguments.addAll(List.of("--instances", Integer.toString(options.instances())));
    arguments.addAll(List.of("--lb", options.balancer().name()));
    arguments.addAll(List.of("--data", options.folder(project).toString()));
    if (options.detach()) {
      arguments.add("--detach");
    }
    return arguments;
  }

  private Process start(List<String> arguments, boolean detach) {
    List<String> command = new ArrayList<>();
    Executables.find("setsid").ifPresent(setsid -> command.add(setsid.toString()));
    command.add(Program.java().toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx96m"));
    command.add("-Dscalingtoolkit.root=" + project.root());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    if (detach) {
      builder.redirectInput(new File("/dev/null"));
    }
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UserError("cannot start the supervisor: " + UserError.reason(e), e);
    }
  }

  /** Runs in the shutdown hook: what the supervisor says meanwhile is still passed on. */
  private static void stop(Process process, CountDownLatch relayed) {
    try {
      Shutdown.of(process.toHandle(), Shutdown.SUPERVISED_GRACE);
      if (!relayed.await(RELAY_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
