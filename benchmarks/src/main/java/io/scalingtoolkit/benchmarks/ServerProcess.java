// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The packaged application as a child process on a temporary data folder, removed at the end.
 * Confined.
 */
final class ServerProcess implements AutoCloseable {
  /** Options of the server's JVM, part of the figures. */
  static final List<String> JVM_OPTIONS = List.of("-Xmx256m", "-XX:+UseSerialGC");

  private static final int START_SECONDS = 120;

  private final Path home;
  private final int port;
  private final Process process;
  private final Thread cleaner = new Thread(this::stop, "stop-benchmarked-server");

  private ServerProcess(Path home, int port, Process process) {
    this.home = home;
    this.port = port;
    this.process = process;
  }

  /** As {@link #start(Path, Map, boolean)}, without admission by load. */
  static ServerProcess start(Path jar, Map<String, String> environment)
      throws IOException, InterruptedException {
    return start(jar, environment, false);
  }

  /**
   * Starts the jar and waits until it is ready.
   *
   * @param environment variables beside those of this process
   * @param admission whether it refuses what it cannot answer in time
   * @throws BenchmarkException when it does not become ready
   */
  static ServerProcess start(Path jar, Map<String, String> environment, boolean admission)
      throws IOException, InterruptedException {
    if (!Files.isRegularFile(jar)) {
      throw new BenchmarkException("the application is not built: no " + jar);
    }
    Path home = Files.createTempDirectory("bench-");
    int port = freePort();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder = new ProcessBuilder(java);
    builder.command().addAll(JVM_OPTIONS);
    builder.command().addAll(List.of("-jar", jar.toString(), "--server.port=" + port));
    builder.command().add("--app.data-dir=" + home.resolve("data"));
    builder.command().add("--app.stop-with-parent=true");
    // All the load comes from one address, and is meant to be more than the server can do.
    builder.command().add("--toolkit.limits.enabled=false");
    builder.command().add("--toolkit.admission.enabled=" + admission);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(home.resolve("server.log").toFile());
    ServerProcess server = new ServerProcess(home, port, builder.start());
    Runtime.getRuntime().addShutdownHook(server.cleaner);
    server.awaitReady();
    return server;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Keeps it on one core, where that can be had. */
  void keepOn(int core) throws IOException, InterruptedException {
    Cores.keep(process.pid(), core);
  }

  /** Processor time used so far in nanoseconds, empty where the system does not tell. */
  OptionalLong cpuNanos() {
    return process
        .info()
        .totalCpuDuration()
        .map(time -> OptionalLong.of(time.toNanos()))
        .orElse(OptionalLong.empty());
  }

  /** Cores used on average since a reading of {@link #cpuNanos}, null where it is not told. */
  @Nullable Double cores(OptionalLong before, double seconds) {
    OptionalLong now = cpuNanos();
    return before.isEmpty() || now.isEmpty()
        ? null
        : (now.getAsLong() - before.getAsLong()) / (seconds * TimeUnit.SECONDS.toNanos(1));
  }

  /** Largest resident memory so far, null where the system does not tell. */
  @Nullable Double peakMebibytes() {
    OptionalLong bytes = peakResidentBytes();
    return bytes.isEmpty() ? null : bytes.getAsLong() / (double) (1 << 20);
  }

  /** Copies what the application has logged so far. */
  void copyLog(Path file) throws IOException {
    Files.copy(home.resolve("server.log"), file, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Largest resident memory so far in bytes, empty where the system does not tell. */
  private OptionalLong peakResidentBytes() {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.isReadable(status)) {
      return OptionalLong.empty();
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException e) {
      throw new BenchmarkException("cannot read " + status, e);
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(cleaner);
    stop();
  }

  private void stop() {
    process.destroyForcibly();
    try {
      process.waitFor(20, TimeUnit.SECONDS);
      try (Stream<Path> files = Files.walk(home)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new BenchmarkException("cannot remove " + home, e);
    }
  }

  private void awaitReady() throws InterruptedException {
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest probe =
        HttpRequest.newBuilder(URI.create(url() + "/actuator/health/readiness"))
            .timeout(Duration.ofSeconds(5))
            .build();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (System.nanoTime() < deadline && process.isAlive()) {
      try {
        if (client.send(probe, BodyHandlers.discarding()).statusCode() == 200) {
          return;
        }
      } catch (IOException e) {
        // Not listening yet; the deadline decides.
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    String log = tail();
    close();
    throw new BenchmarkException("the application did not become ready: " + log);
  }

  private String tail() {
    try {
      List<String> lines = Files.readAllLines(home.resolve("server.log"));
      return lines.isEmpty() ? "it wrote nothing" : lines.get(lines.size() - 1);
    } catch (IOException e) {
      return "its log cannot be read (" + e.getMessage() + ")";
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
