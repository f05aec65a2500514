// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The small programs of the operating system that the testkit runs when they exist. */
public final class Tools {
  private static final long PROBE_SECONDS = 10;

  private Tools() {}

  /** Returns the program's file, searched on {@code PATH} and then in the usual directories. */
  public static Optional<Path> find(String program) {
    List<String> directories = new ArrayList<>();
    String path = System.getenv("PATH");
    if (path != null) {
      directories.addAll(List.of(path.split(":", -1)));
    }
    directories.addAll(List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin"));
    return directories.stream()
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory).resolve(program))
        .filter(file -> Files.isExecutable(file) && !Files.isDirectory(file))
        .findFirst();
  }

  /** Runs a command for its exit code; false also when it cannot be started or hangs for 10 s. */
  static boolean succeeds(List<String> argv) {
    try {
      Process process =
          new ProcessBuilder(argv)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(PROBE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while running " + argv, e);
    }
  }

  /**
   * Sends a signal, named as {@code kill -s} wants it, to processes; those that are gone do not
   * matter.
   */
  static void signal(String name, List<Long> pids) {
    if (pids.isEmpty()) {
      return;
    }
    List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c", "kill -s \"$@\"", "sh", name));
    pids.forEach(pid -> argv.add(Long.toString(pid)));
    succeeds(argv);
  }
}
