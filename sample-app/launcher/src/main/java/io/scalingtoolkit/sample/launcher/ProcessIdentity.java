// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process that cannot be confused with a later one of the same number. Immutable.
 *
 * @param pid process number
 * @param start boot of the machine and tick of that boot at which the process started; on systems
 *     without {@code /proc} the start time that the JVM reports
 */
record ProcessIdentity(long pid, String start) {

  private static final Path PROC = Path.of("/proc");

  /** Identity of the live process with this number; empty when there is none. */
  static Optional<ProcessIdentity> of(long pid) {
    Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    return process
        .filter(handle -> !ended(handle))
        .map(handle -> new ProcessIdentity(pid, start(handle)));
  }

  /** The live process, or empty when it has ended, also when its number was given away again. */
  Optional<ProcessHandle> alive() {
    return of(pid).filter(this::equals).flatMap(same -> ProcessHandle.of(pid));
  }

  /** A process that nobody has waited for yet keeps its number, but no port and no lock. */
  private static boolean ended(ProcessHandle process) {
    try {
      return isZombie(Files.readString(PROC.resolve(process.pid() + "/stat")));
    } catch (IOException withoutProc) {
      return false;
    }
  }

  /** Field 3 of {@code /proc/PID/stat} (proc(5)). */
  static boolean isZombie(String stat) {
    return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
  }

  private static String start(ProcessHandle process) {
    try {
      String stat = Files.readString(PROC.resolve(process.pid() + "/stat"));
      String boot = Files.readString(PROC.resolve("sys/kernel/random/boot_id")).strip();
      return boot + ":" + startTick(stat);
    } catch (IOException withoutProc) {
      return process.info().startInstant().map(Object::toString).orElse("unknown");
    }
  }

  /**
   * Field 22 of {@code /proc/PID/stat} (proc(5)). The name in field 2 may hold spaces and brackets,
   * so counting begins behind its last bracket.
   */
  static String startTick(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return fields[22 - 3];
  }
}
