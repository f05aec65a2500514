// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Memory of processes as Linux counts it; shared pages are divided among those that share them. */
final class Memory {

  private Memory() {}

  /** MiB of the processes below this one that name a path in their command, and of those below. */
  static long ofProcessesOn(Path path) {
    return mib(
        ProcessHandle.current()
            .descendants()
            .filter(process -> names(process, path))
            .flatMap(process -> Stream.concat(Stream.of(process), process.descendants())));
  }

  /** MiB of this process and all below it. */
  static long ofAll() {
    ProcessHandle self = ProcessHandle.current();
    return mib(Stream.concat(Stream.of(self), self.descendants()));
  }

  /** MiB of one process; 0 when it has ended or the system does not tell. */
  static long of(ProcessHandle process) {
    return mib(Stream.of(process));
  }

  private static boolean names(ProcessHandle process, Path path) {
    return process.info().commandLine().filter(line -> line.contains(path.toString())).isPresent();
  }

  private static long mib(Stream<ProcessHandle> processes) {
    return processes.distinct().mapToLong(Memory::kib).sum() / 1024;
  }

  /** Proportional set size, from {@code /proc/PID/smaps_rollup} (proc(5)). */
  private static long kib(ProcessHandle process) {
    try {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/smaps_rollup")).stream()
          .filter(line -> line.startsWith("Pss:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    } catch (IOException endedOrWithoutProc) {
      return 0;
    }
  }
}
