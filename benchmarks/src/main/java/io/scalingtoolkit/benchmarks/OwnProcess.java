// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A measurement in a process of its own, so that the heap holds nothing else. */
public final class OwnProcess {
  private OwnProcess() {}

  /**
   * Runs a main method that prints figures in one line, with blanks between them.
   *
   * @param log gets what it says on standard error
   * @throws BenchmarkException if it ends with an error
   */
  public static double[] figures(Class<?> main, Path log, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms1g",
                "-Xmx1g",
                "-XX:+UseG1GC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(Arrays.asList(arguments));
    String name = main.getSimpleName();
    try {
      Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
      try {
        String line = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
          throw new BenchmarkException(name + " measured nothing, see " + log);
        }
        return Arrays.stream(line.strip().split(" ")).mapToDouble(Double::parseDouble).toArray();
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new BenchmarkException(name + " measured nothing: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted while " + name + " measured", e);
    }
  }

  /** Ends the calling process when it takes longer than it should. */
  public static void endAfter(Duration time) {
    Thread watch = new Thread(() -> endLate(time), "watch");
    watch.setDaemon(true);
    watch.start();
  }

  private static void endLate(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    System.err.println("not done after " + time);
    Runtime.getRuntime().halt(1);
  }

  /** Returns what of the heap is in use after a collection. */
  public static double usedBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
