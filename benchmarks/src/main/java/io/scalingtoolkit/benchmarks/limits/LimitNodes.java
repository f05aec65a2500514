// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import io.scalingtoolkit.benchmarks.BenchmarkException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Processes that share a limit in Redis, each a {@link LimitNode}. Confined. */
final class LimitNodes implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final List<Node> nodes = new ArrayList<>();

  /**
   * What the processes did in a stretch of time.
   *
   * @param p99Nanos of the calls of the process in which they took longest
   */
  record Count(
      long admitted, long calls, long thrown, long p50Nanos, long p99Nanos, long maxNanos) {
    Count and(Count other) {
      return new Count(
          admitted + other.admitted,
          calls + other.calls,
          thrown + other.thrown,
          Math.max(p50Nanos, other.p50Nanos),
          Math.max(p99Nanos, other.p99Nanos),
          Math.max(maxNanos, other.maxNanos));
    }
  }

  /** Starts them and waits until all are connected and know of each other. */
  static LimitNodes start(int count, Path log, List<String> arguments)
      throws IOException, InterruptedException {
    LimitNodes started = new LimitNodes();
    try {
      for (int i = 0; i < count; i++) {
        started.nodes.add(new Node(log, arguments));
      }
      started.awaitUsable(count);
      for (Node node : started.nodes) {
        node.say("start");
      }
      return started;
    } catch (IOException | InterruptedException | RuntimeException e) {
      started.close();
      throw e;
    }
  }

  /** Waits until all ask Redis, and each sees so many. */
  void awaitUsable(int count) throws InterruptedException {
    await("true " + count);
  }

  /** Waits until all ask Redis. */
  void awaitUsable() throws InterruptedException {
    await("true");
  }

  /** Tells whether all have noticed that Redis does not answer. */
  boolean noneUsable() {
    return nodes.stream().allMatch(node -> node.usable.startsWith("false"));
  }

  private void await(String state) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    for (Node node : nodes) {
      while (!node.usable.startsWith(state)) {
        if (System.nanoTime() > until || !node.process.isAlive()) {
          throw new BenchmarkException(
              "the run is void: a process is not connected but '%s'".formatted(node.usable));
        }
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }
  }

  /** Tells what they did since the last time. */
  Count count() throws IOException, InterruptedException {
    for (Node node : nodes) {
      node.say("count");
    }
    Count sum = new Count(0, 0, 0, 0, 0, 0);
    for (Node node : nodes) {
      Count one = node.counts.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (one == null) {
        throw new BenchmarkException("the run is void: a process does not tell what it did");
      }
      sum = sum.and(one);
    }
    return sum;
  }

  @Override
  public void close() {
    nodes.forEach(Node::stop);
  }

  private static final class Node {
    private final Process process;
    private final Writer input;
    private final BlockingQueue<Count> counts = new LinkedBlockingQueue<>();
    private volatile String usable = "starting";

    Node(Path log, List<String> arguments) throws IOException {
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx128m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-cp",
              System.getProperty("java.class.path"),
              LimitNode.class.getName());
      builder.command().addAll(arguments);
      builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
      process = builder.start();
      input =
          new BufferedWriter(
              new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
      Thread reader = new Thread(this::read, "node-" + process.pid());
      reader.setDaemon(true);
      reader.start();
    }

    private void read() {
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.startsWith(LimitNode.USABLE)) {
            usable = line.substring(LimitNode.USABLE.length());
          } else if (line.startsWith(LimitNode.COUNTED)) {
            long[] numbers =
                Arrays.stream(line.substring(LimitNode.COUNTED.length()).split(" "))
                    .mapToLong(Long::parseLong)
                    .toArray();
            counts.add(
                new Count(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]));
          }
        }
      } catch (IOException e) {
        usable = "gone: " + e.getMessage();
      }
    }

    void say(String word) throws IOException {
      input.write(word + "\n");
      input.flush();
    }

    void stop() {
      process.destroyForcibly();
      try {
        process.waitFor(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
