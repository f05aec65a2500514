// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Which processes run on which cores, where {@code taskset} can say so. */
final class Cores {
  private static final int CORES = Runtime.getRuntime().availableProcessors();
  private static volatile boolean kept = CORES > 1;

  private Cores() {}

  /** Keeps this process on one core, as far as there are two. */
  static void keepOwnProcessOn(int core) throws IOException, InterruptedException {
    keep(ProcessHandle.current().pid(), core);
  }

  /** Keeps all threads of a process on one core, as far as there are two. */
  static void keep(long pid, int core) throws IOException, InterruptedException {
    if (CORES < 2) {
      return;
    }
    Process taskset;
    try {
      taskset =
          new ProcessBuilder(
                  "taskset", "-a", "-c", "-p", Integer.toString(core), Long.toString(pid))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      kept = false; // not installed; the report says that the cores were shared
      return;
    }
    if (!taskset.waitFor(10, TimeUnit.SECONDS) || taskset.exitValue() != 0) {
      throw new BenchmarkException("taskset could not keep process " + pid + " on core " + core);
    }
  }

  static String description() {
    return kept
        ? "the server had core 0, the driver core 1 of " + CORES
        : "server and driver shared all " + CORES;
  }
}
