// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * The packaged application as a process of its own on a free port and a temporary data folder, or a
 * server that runs elsewhere when {@code -Dacceptance.url=} names one. {@code -Dacceptance.db=}
 * postgres, mariadb or mysql puts all of them on a database of a test server, and {@code
 * -Dacceptance.cache=true} gives those that tests share a cache in memory. Confined: one thread
 * starts and stops it, any number may call it.
 */
final class RunningApp implements AutoCloseable {
  private static final String EXTERNAL_URL = System.getProperty("acceptance.url", "");
  private static final String CACHE = System.getProperty("acceptance.cache", "false");
  private static final Path JAR =
      Path.of(System.getProperty("acceptance.jar", "target/sample-app.jar")).toAbsolutePath();
  private static final Duration START_DEADLINE = Duration.ofSeconds(60);

  /**
   * All tests are one client, which registers and logs in more often than a client may, and asks
   * for much at once. The limits have tests of their own, on an instance that has them.
   */
  private static final List<String> WITHOUT_LIMITS =
      List.of(
          "--toolkit.limits.policies.registration.enabled=false",
          "--toolkit.limits.policies.registration-account.enabled=false",
          "--toolkit.limits.policies.login.enabled=false",
          "--toolkit.limits.policies.login-account.enabled=false",
          "--toolkit.limits.policies.client.burst=1000000",
          "--toolkit.limits.policies.client.permits=1000000",
          "--toolkit.limits.policies.user.burst=1000000",
          "--toolkit.limits.policies.user.permits=1000000",
          "--toolkit.admission.limiter.min-limit=100",
          // Where several suites share a processor a request can wait for a thread for longer.
          "--toolkit.admission.limiter.deadline=30s",
          "--toolkit.admission.limiters.passwords.min-limit=100");

  /** And passwords are cheap, since tests make accounts by the hundred. */
  private static final List<String> QUICK =
      Stream.concat(
              WITHOUT_LIMITS.stream(),
              Stream.of(
                  "--app.security.hashing.memory-kib=8192", "--app.security.hashing.iterations=1"))
          .toList();

  private static @Nullable RunningApp shared;
  private static @Nullable RunningApp expendable;

  private final Path home;
  private final Map<String, String> database;
  private final List<String> arguments;
  private int port;
  private int starts;
  private @Nullable Process process;

  private RunningApp(Path home, Map<String, String> database, List<String> arguments) {
    this.home = home;
    this.database = database;
    this.arguments = arguments;
  }

  /** The instance that most tests use; started at the first call, stopped with this JVM. */
  static synchronized RunningApp shared() {
    if (shared == null) {
      shared =
          EXTERNAL_URL.isEmpty() ? launch(QUICK) : new RunningApp(Path.of(""), Map.of(), List.of());
      Runtime.getRuntime().addShutdownHook(new Thread(shared::close, "stop-shared-app"));
    }
    return shared;
  }

  /**
   * A second instance for tests that flood, stop or kill it, running when this returns; passwords
   * cost what they do in production. Skips the calling test when the suite runs against a server
   * elsewhere.
   */
  static synchronized RunningApp expendable() {
    assumeTrue(EXTERNAL_URL.isEmpty(), "needs a process of its own, acceptance.url is set");
    if (expendable == null) {
      expendable = launch(WITHOUT_LIMITS);
      Runtime.getRuntime().addShutdownHook(new Thread(expendable::close, "stop-expendable-app"));
    } else if (!expendable.isAlive()) {
      expendable.start();
    }
    return expendable;
  }

  private static RunningApp launch(List<String> arguments) {
    Map<String, String> environment = new HashMap<>(TestDatabase.ofThisRun());
    environment.put("TOOLKIT_CACHE_ENABLED", CACHE);
    return on(environment, arguments);
  }

  /**
   * A new instance on a database of its own.
   *
   * @param database variables for the environment of the process
   */
  static RunningApp on(Map<String, String> database) {
    return on(database, QUICK);
  }

  /** A new instance on a database of its own, with further arguments. */
  static RunningApp on(Map<String, String> database, List<String> arguments) {
    assertThat(JAR).as("packaged jar, build it with mvn package").isRegularFile();
    try {
      Path home = Files.createTempDirectory("acceptance-");
      RunningApp app = new RunningApp(home, database, arguments);
      app.port = freePort();
      app.start();
      return app;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the process on the same port and data folder and waits until it is ready. */
  void start() {
    starts++;
    List<String> command = UnpackedApp.command(JAR, "256m");
    command.add("--server.port=" + port);
    command.add("--app.data-dir=" + dataDir());
    command.addAll(arguments);
    command.add("--app.stop-with-parent=true"); // It must not outlive this JVM when that is killed.
    ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
    builder.environment().putAll(database);
    builder.redirectOutput(home.resolve("stdout-" + starts + ".log").toFile());
    builder.redirectError(home.resolve("stderr-" + starts + ".log").toFile());
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitReady();
  }

  /** Address without a trailing slash. */
  String url() {
    return EXTERNAL_URL.isEmpty() ? "http://127.0.0.1:" + port : EXTERNAL_URL.replaceAll("/+$", "");
  }

  /** Port on the loopback address, or of the server elsewhere. */
  int port() {
    return URI.create(url()).getPort();
  }

  /** A client without an account. */
  Api api() {
    return new Api(url());
  }

  /** Skips the calling test when this is not a process of ours. */
  void assumeOwned() {
    assumeTrue(EXTERNAL_URL.isEmpty(), "needs the process, acceptance.url is set");
  }

  Path dataDir() {
    return home.resolve("data");
  }

  /** SIGKILL, and wait until the process is gone. */
  void kill() {
    running().destroyForcibly();
    awaitExit(Duration.ofSeconds(20));
  }

  /** SIGTERM without waiting. */
  void terminate() {
    running().destroy();
  }

  /** Waits for the end of the process and returns its exit code. */
  int awaitExit(Duration deadline) {
    try {
      assertThat(running().waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS))
          .as("process ended within %s", deadline)
          .isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the application", e);
    }
    return running().exitValue();
  }

  /** Runs the jar as a command on the same data folder and returns its exit code. */
  int command(String argument) throws IOException, InterruptedException {
    Process command = start(database, argument);
    if (!command.waitFor(240, TimeUnit.SECONDS)) {
      command.destroyForcibly();
      throw new IllegalStateException(argument + " did not end within 240 seconds");
    }
    return command.exitValue();
  }

  /**
   * Starts the jar as a command on the same data folder.
   *
   * @param environment variables for it
   */
  Process start(Map<String, String> environment, String... arguments) throws IOException {
    List<String> command = UnpackedApp.command(JAR, "64m");
    command.add("--app.data-dir=" + dataDir());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).redirectOutput(commandOutput().toFile()).start();
  }

  /** What the last command has written. */
  Path commandOutput() {
    return home.resolve("stderr-command");
  }

  boolean isAlive() {
    return running().isAlive();
  }

  /** Lines that the application has written to its standard output and its log files. */
  List<String> logLines() throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.filter(RunningApp::isLog).sorted().toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines.stream().filter(line -> !line.isBlank()).toList();
  }

  /** What the application has written to its standard error in all its starts. */
  String standardError() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= starts; i++) {
      text.append(Files.readString(home.resolve("stderr-" + i + ".log")));
    }
    return text.toString();
  }

  /** Kills the process if it runs, and removes its folder. */
  @Override
  public void close() {
    Process current = process;
    if (current == null) {
      return;
    }
    current.destroyForcibly();
    awaitExit(Duration.ofSeconds(20));
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isLog(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".log") && !name.startsWith("stderr");
  }

  private Process running() {
    Process current = process;
    if (current == null) {
      throw new IllegalStateException("the application was not started by this suite");
    }
    return current;
  }

  private void awaitReady() {
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    HttpRequest probe =
        HttpRequest.newBuilder(URI.create(url() + "/actuator/health/readiness"))
            .timeout(Duration.ofSeconds(5))
            .build();
    Awaitility.await("readiness of the application")
        .atMost(START_DEADLINE)
        .pollDelay(Duration.ofMillis(500))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> isReady(client, probe));
  }

  private boolean isReady(HttpClient client, HttpRequest probe) throws InterruptedException {
    if (!isAlive()) {
      throw new IllegalStateException("the application ended while starting:\n" + tail());
    }
    try {
      return client.send(probe, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false; // Not listening yet; the deadline decides.
    }
  }

  private String tail() {
    try {
      List<String> lines = new ArrayList<>(logLines());
      lines.add(standardError());
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 25), lines.size()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A port below the range from which the kernel takes source ports. */
  private static int freePort() throws IOException {
    for (int attempt = 0; attempt < 100; attempt++) {
      int candidate = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), candidate));
        return candidate;
      } catch (IOException e) {
        // Taken by somebody else; try another one.
      }
    }
    throw new IOException("no free port between 20000 and 32000 in 100 attempts");
  }
}
