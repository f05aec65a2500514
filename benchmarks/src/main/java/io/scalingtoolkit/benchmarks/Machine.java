// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** What a figure was measured on, in one line each. Immutable. */
final class Machine {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final Path STAT = Path.of("/proc/stat");

  private Machine() {}

  /** Processor, cores, memory and operating system. */
  static String description() {
    long gibibytes = -1;
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      gibibytes = Math.round(system.getTotalMemorySize() / (double) (1 << 30));
    }
    return "%s, %d cores, %d GiB, %s %s"
        .formatted(
            processor(),
            Runtime.getRuntime().availableProcessors(),
            gibibytes,
            System.getProperty("os.name"),
            System.getProperty("os.version"));
  }

  /** Processes that wanted a core in the last minute, negative when the system does not tell. */
  static double loadAverage() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  /**
   * Time that the cores have worked since the machine started, in seconds, of whatever process;
   * empty where the system does not tell.
   */
  static OptionalDouble busySeconds() {
    if (!Files.isReadable(STAT)) {
      return OptionalDouble.empty();
    }
    try (Stream<String> lines = Files.lines(STAT)) {
      // user nice system idle iowait irq softirq, in hundredths of a second (man 5 proc)
      String[] ticks = lines.findFirst().orElse("").split(" +", -1);
      long busy = 0;
      for (int field : new int[] {1, 2, 3, 6, 7}) {
        busy += Long.parseLong(ticks[field]);
      }
      return OptionalDouble.of(busy / 100.0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What every report says first; in the order in which it is told. */
  static Map<String, String> facts(List<String> arguments) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("machine", description());
    facts.put("JDK", jdk());
    facts.put("date", LocalDate.now(ZoneOffset.UTC).toString());
    facts.put("command", "./bench " + String.join(" ", arguments));
    return facts;
  }

  static String jdk() {
    return System.getProperty("java.vm.name") + " " + Runtime.version();
  }

  private static String processor() {
    if (!Files.isReadable(CPU_INFO)) {
      return System.getProperty("os.arch");
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
