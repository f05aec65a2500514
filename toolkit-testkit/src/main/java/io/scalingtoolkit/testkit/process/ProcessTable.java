// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A view of the processes of this machine, read from the Linux {@code /proc}. Immutable. */
final class ProcessTable {
  private static final Path PROC = Path.of("/proc");

  /**
   * One process.
   *
   * @param state the kernel's letter: {@code T} stopped, {@code Z} dead but not yet reaped
   * @param startTicks start time in clock ticks since boot; with the pid it names a process for
   *     ever
   */
  record Entry(long pid, char state, long parent, long startTicks) {
    boolean isDead() {
      return state == 'Z' || state == 'X';
    }
  }

  private ProcessTable() {}

  /** Parses the text of {@code /proc/PID/stat}; the command name may hold spaces and brackets. */
  static Entry parseStat(String stat) {
    int open = stat.indexOf('(');
    int close = stat.lastIndexOf(')');
    if (open < 1 || close < open) {
      throw new IllegalArgumentException("not a /proc/PID/stat line: '" + stat + "'");
    }
    String[] rest = stat.substring(close + 1).strip().split(" ", -1);
    return new Entry(
        Long.parseLong(stat.substring(0, open).strip()),
        rest[0].charAt(0),
        Long.parseLong(rest[1]),
        Long.parseLong(rest[19]));
  }

  /** Returns the proportional set size in bytes that a {@code smaps_rollup} text states. */
  static OptionalLong parsePss(String smapsRollup) {
    return smapsRollup
        .lines()
        .filter(line -> line.startsWith("Pss:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst();
  }

  /** Returns the process, or null when there is none with this id. */
  static @Nullable Entry find(long pid) {
    try {
      return parseStat(Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat")));
    } catch (IOException e) {
      return null;
    }
  }

  /** Says whether a process with this id runs or is stopped; a zombie does not count. */
  static boolean isAlive(long pid) {
    Entry entry = find(pid);
    return entry != null && !entry.isDead();
  }

  /** Returns the live descendants of a process, without itself, in no order. */
  static List<Entry> descendants(long root) {
    List<Entry> all = all();
    Set<Long> tree = new HashSet<>(Set.of(root));
    List<Entry> found = new ArrayList<>();
    int before;
    do {
      before = tree.size();
      for (Entry entry : all) {
        if (tree.contains(entry.parent()) && !entry.isDead() && tree.add(entry.pid())) {
          found.add(entry);
        }
      }
    } while (tree.size() > before);
    return found;
  }

  /** Returns the live processes whose working directory is the given one or lies below it. */
  static List<Entry> workingIn(Path directory) {
    List<Entry> found = new ArrayList<>();
    for (Entry entry : all()) {
      if (!entry.isDead() && worksIn(entry.pid(), directory)) {
        found.add(entry);
      }
    }
    return found;
  }

  /**
   * Returns the live processes that work in a directory and whose command line names it or a place
   * in it: servers that run on its files, and not somebody who looks at them.
   */
  static List<Entry> runningOn(Path directory) {
    return workingIn(directory).stream()
        .filter(entry -> commandLine(entry.pid()).contains(directory.toString()))
        .toList();
  }

  private static String commandLine(long pid) {
    try {
      return Files.readString(PROC.resolve(pid + "/cmdline"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // gone
    }
  }

  /** Returns the memory of one process: proportional set size, or zero where it is unreadable. */
  static long memoryBytes(long pid) {
    try {
      return parsePss(Files.readString(PROC.resolve(pid + "/smaps_rollup"))).orElse(0);
    } catch (IOException e) {
      return 0; // gone, or of another user: the sum is then a lower bound
    }
  }

  private static boolean worksIn(long pid, Path directory) {
    try {
      return Files.readSymbolicLink(PROC.resolve(pid + "/cwd")).startsWith(directory);
    } catch (IOException e) {
      return false; // gone, or of another user and so not ours
    }
  }

  private static List<Entry> all() {
    List<Entry> found = new ArrayList<>();
    try (DirectoryStream<Path> pids = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path pid : pids) {
        Entry entry = find(Long.parseLong(pid.getFileName().toString()));
        if (entry != null) {
          found.add(entry);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list /proc", e);
    }
    return found;
  }
}
