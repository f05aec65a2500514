// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The application as a child process, from its start until it answers. Confined. */
final class AppProcess {

  /** How the application begins the one line about a start that cannot work. */
  private static final String LAST_WORDS = "sample-app cannot start: ";

  private static final Duration POLL = Duration.ofMillis(25);
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);

  private final Process process;
  private final DataFolder data;
  private final int port;

  private AppProcess(Process process, DataFolder data, int port) {
    this.process = process;
    this.data = data;
    this.port = port;
  }

  /**
   * How to start.
   *
   * @param port port to listen on
   * @param data where the application keeps everything
   * @param detached true to let it outlive the launcher; otherwise it stops when the pipe to its
   *     standard input closes, which the kernel does however the launcher ends
   * @param environment variables for it, where passwords do not show in the list of processes
   * @param arguments settings that differ from those of an application on its own
   */
  record Setup(
      int port,
      DataFolder data,
      boolean detached,
      Map<String, String> environment,
      List<String> arguments) {}

  /**
   * Starts the application.
   *
   * @throws UserError when no process can be started
   */
  static AppProcess start(Program program, Setup setup) {
    ProcessBuilder builder =
        new ProcessBuilder(command(program, setup))
            .redirectErrorStream(true)
            .redirectOutput(setup.data().console().toFile());
    builder.environment().putAll(setup.environment());
    if (setup.detached()) {
      builder.redirectInput(new java.io.File("/dev/null"));
    }
    try {
      return new AppProcess(builder.start(), setup.data(), setup.port());
    } catch (IOException e) {
      throw new UserError("cannot start the application: " + UserError.reason(e), e);
    }
  }

  /** Command line of a process of the application. */
  static List<String> command(Program program, Setup setup) {
    List<String> command = new ArrayList<>();
    if (setup.detached()) {
      Executables.find("setsid").ifPresent(setsid -> command.add(setsid.toString()));
    }
    command.addAll(program.startCommand());
    command.addAll(arguments(setup));
    command.addAll(setup.arguments());
    return command;
  }

  private static List<String> arguments(Setup setup) {
    return List.of(
        "--server.port=" + setup.port(),
        "--app.data-dir=" + setup.data().path(),
        "--app.stop-with-parent=" + !setup.detached(),
        "--logging.file.name=" + setup.data().log(),
        "--logging.structured.format.file=ecs",
        "--logging.threshold.console=off",
        "--logging.logback.rollingpolicy.max-file-size=10MB",
        "--logging.logback.rollingpolicy.max-history=9",
        "--logging.logback.rollingpolicy.total-size-cap=100MB");
  }

  Process process() {
    return process;
  }

  /**
   * Waits until the application says that it is ready for requests.
   *
   * @throws UserError when it ends instead, or is not ready in time
   */
  void awaitReady(Duration deadline, ListeningPorts ports) throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    while (process.isAlive()) {
      if (ready() && ports.listens(process.pid(), port)) {
        return;
      }
      if (System.nanoTime() - end > 0) {
        throw new UserError(
            "the application is not ready after %d s; see %s and %s"
                .formatted(deadline.toSeconds(), data.log(), data.console()));
      }
      process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS);
    }
    throw new UserError(startFailure());
  }

  private boolean ready() {
    try {
      HttpURLConnection probe =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/actuator/health/readiness")
                  .toURL()
                  .openConnection(Proxy.NO_PROXY);
      probe.setConnectTimeout((int) PROBE_TIMEOUT.toMillis());
      probe.setReadTimeout((int) PROBE_TIMEOUT.toMillis());
      return probe.getResponseCode() == HttpURLConnection.HTTP_OK;
    } catch (IOException notYet) {
      return false;
    }
  }

  private String startFailure() {
    String reason = data.tooFull().orElseGet(this::lastWords);
    return "the application does not start: " + reason + " (log: " + data.log() + ")";
  }

  /** The line in which the application says why it does not start, else its exit code. */
  private String lastWords() {
    String ended = "it ended with exit code " + process.exitValue();
    try (Stream<String> lines = Files.lines(data.console(), StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.startsWith(LAST_WORDS))
          .map(line -> line.substring(LAST_WORDS.length()))
          .findFirst()
          .orElseGet(
              () ->
                  data.console().toFile().length() > 0 ? ended + ", see " + data.console() : ended);
    } catch (IOException | UncheckedIOException unreadable) {
      return ended;
    }
  }
}
