// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The process of a load balancer, from its start to its end. Thread-safe. */
final class BalancerProcess implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(20);

  /**
   * Runs a program that knows nothing of a parent, and sends it a signal when the standard input
   * ends: the kernel closes that pipe however the launcher ends. The first argument names the
   * signal, the others are the command.
   */
  private static final String LEASH =
      """
      signal=$1; shift
      exec 3<&0
      "$@" </dev/null 3<&- &
      child=$!
      trap 'kill -s "$signal" "$child"' TERM INT HUP
      (exec >/dev/null 2>&1; while read -r line <&3; do :; done; kill -s "$signal" "$child") &
      watch=$!
      wait "$child"; code=$?
      while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
      kill "$watch" 2>/dev/null
      exit "$code"
      """;

  private final BalancerKind kind;
  private final Process process;
  private final Balancer.Place place;
  private final Path console;

  private BalancerProcess(BalancerKind kind, Process process, Balancer.Place place, Path console) {
    this.kind = kind;
    this.process = process;
    this.place = place;
    this.console = console;
  }

  /** Makes the folder. */
  static void prepare(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw unwritable(directory, e);
    }
  }

  static UserError unwritable(Path directory, IOException e) {
    return new UserError(
        "cannot write the load balancer's folder " + directory + ": " + UserError.reason(e), e);
  }

  /**
   * Starts a program that ends in good order by itself when its standard input does.
   *
   * @throws UserError when it cannot be started
   */
  static BalancerProcess start(
      BalancerKind kind,
      Balancer.Place place,
      List<String> command,
      Map<String, String> variables) {
    // HAProxy, which opens no file, writes its access log to its standard output.
    String log = kind == BalancerKind.HAPROXY ? "access.log" : kind.word() + ".log";
    Path console = place.directory().resolve(log);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(place.directory().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(console.toFile()));
    builder.environment().putAll(variables);
    try {
      return new BalancerProcess(kind, builder.start(), place, console);
    } catch (IOException e) {
      throw new UserError("cannot start " + kind.word() + ": " + UserError.reason(e), e);
    }
  }

  /**
   * As {@link #start}, for a program that ends in good order on a signal.
   *
   * @param signal its name, without SIG
   */
  static BalancerProcess leashed(
      BalancerKind kind,
      Balancer.Place place,
      String signal,
      List<String> command,
      Map<String, String> variables) {
    Path shell =
        Executables.find("sh")
            .orElseThrow(
                () ->
                    new UserError(
                        "--lb "
                            + kind.word()
                            + " needs a POSIX shell, and there is no sh on the path"));
    List<String> leash = new ArrayList<>(List.of(shell.toString(), "-c", LEASH, "leash", signal));
    leash.addAll(command);
    return start(kind, place, leash, variables);
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** What runs, for people. */
  String report() {
    Path log = place.directory().resolve("access.log");
    return "%-7s %s on port %d, log %s".formatted("lb", kind.word(), place.port(), log);
  }

  /** See {@link Balancer#awaitReady}. */
  void awaitReady(Duration deadline) throws InterruptedException {
    if (!await(deadline, () -> ReadinessProbe.ready(place.port()))) {
      throw new UserError(
          "no instance is ready behind %s after %d s; see %s"
              .formatted(kind.word(), deadline.toSeconds(), place.directory()));
    }
  }

  /**
   * Waits for a condition.
   *
   * @return false when it is not met in time
   * @throws UserError when the process ends meanwhile
   */
  boolean await(Duration deadline, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    for (boolean met = condition.getAsBoolean();
        process.isAlive() && !met;
        met = condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS);
    }
    // Somebody else may have met it, who listens on the same port.
    if (!process.isAlive()) {
      throw new UserError(
          "%s has ended with exit code %d; see %s"
              .formatted(kind.word(), process.exitValue(), console));
    }
    return true;
  }

  /** Ends its standard input and waits until it has ended; kills it after a time. */
  @Override
  public void close() {
    List<ProcessHandle> family = process.descendants().toList();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(Shutdown.GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        kill(family);
      }
    } catch (IOException e) {
      kill(family);
    } catch (InterruptedException e) {
      kill(family);
      Thread.currentThread().interrupt();
    }
  }

  private void kill(List<ProcessHandle> family) {
    process.destroyForcibly();
    family.forEach(ProcessHandle::destroyForcibly);
  }
}
