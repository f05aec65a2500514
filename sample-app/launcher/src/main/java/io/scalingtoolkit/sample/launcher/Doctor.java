// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks whether this machine can build and run the project. Changes nothing. Confined. */
final class Doctor {

  private static final long MIN_MEMORY_MIB = 512;
  private static final long LOW_DISK_MIB = 1024;
  private static final long CLIENT_SECONDS = 5;
  private static final List<String> LIBRARY_FOLDERS =
      List.of("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib");

  private final Project project;
  private final RunStates states;
  private final ListeningPorts ports;

  Doctor(Project project, RunStates states, ListeningPorts ports) {
    this.project = project;
    this.states = states;
    this.ports = ports;
  }

  /** How much a finding matters: fine, worth knowing, or in the way of a start. */
  enum Verdict {
    OK,
    WARN,
    FAIL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Outcome of one check.
   *
   * @param verdict how much it matters
   * @param subject what was looked at, one word
   * @param text what was found and, unless fine, what to do
   */
  record Finding(Verdict verdict, String subject, String text) {}

  /**
   * Runs every check.
   *
   * @param port port that a start would use
   * @param data absolute path of the data folder of a start, null for the default one
   * @return the findings in the order in which to read them
   */
  List<Finding> examine(int port, @Nullable Path data) throws InterruptedException {
    DataFolder folder =
        new DataFolder(data == null ? project.defaultData(1, Database.SQLITE) : data);
    List<Finding> findings = new ArrayList<>();
    findings.add(jdk());
    findings.add(maven());
    findings.add(memory());
    findings.add(disk(folder));
    findings.add(folder(folder));
    findings.add(port(port));
    findings.add(leftovers());
    findings.add(engine("mariadbd", "./run --db mariadb and the tests bring it along"));
    findings.add(engine("redis-server", "the tests bring Redis themselves"));
    findings.add(docker());
    findings.add(mysqlLibraries());
    return findings;
  }

  private static Finding jdk() {
    String found =
        "Java " + System.getProperty("java.version") + " in " + System.getProperty("java.home");
    if (Program.javaFeature() > 25) {
      return new Finding(
          Verdict.WARN, "jdk", found + " runs the application; the build needs 17 to 25");
    }
    return Files.isExecutable(Path.of(System.getProperty("java.home"), "bin", "javac"))
        ? new Finding(Verdict.OK, "jdk", found)
        : new Finding(
            Verdict.WARN, "jdk", found + " has no javac: install a full JDK to build the project");
  }

  private static Finding maven() {
    return Executables.find("mvn")
        .map(path -> new Finding(Verdict.OK, "maven", path.toString()))
        .orElseGet(
            () ->
                new Finding(
                    Verdict.WARN,
                    "maven",
                    "mvn is not on the path: install Maven 3.8.7 or newer to build the project"));
  }

  private static Finding memory() {
    OptionalLong available = availableMemoryMib();
    if (available.isEmpty()) {
      return new Finding(Verdict.WARN, "memory", "unknown: this system has no /proc/meminfo");
    }
    String text = available.getAsLong() + " MiB available";
    return available.getAsLong() >= MIN_MEMORY_MIB
        ? new Finding(Verdict.OK, "memory", text)
        : new Finding(
            Verdict.WARN,
            "memory",
            text + ": end other programs, the application wants " + MIN_MEMORY_MIB + " MiB");
  }

  private static OptionalLong availableMemoryMib() {
    try {
      return Files.readAllLines(Path.of("/proc/meminfo")).stream()
          .filter(line -> line.startsWith("MemAvailable:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
          .findFirst();
    } catch (IOException withoutProc) {
      return OptionalLong.empty();
    }
  }

  private static Finding disk(DataFolder folder) {
    Path existing = folder.nearestExisting();
    try {
      long freeMib = Files.getFileStore(existing).getUsableSpace() >> 20;
      String text = freeMib + " MiB free for " + folder.path();
      if (freeMib < DataFolder.MIN_FREE_BYTES >> 20) {
        return new Finding(Verdict.FAIL, "disk", text + ": free some, or choose --data DIR");
      }
      return freeMib < LOW_DISK_MIB
          ? new Finding(Verdict.WARN, "disk", text + ": a build needs about " + LOW_DISK_MIB)
          : new Finding(Verdict.OK, "disk", text);
    } catch (IOException e) {
      return new Finding(Verdict.FAIL, "disk", existing + ": " + UserError.reason(e));
    }
  }

  private static Finding folder(DataFolder folder) {
    return folder
        .problem()
        .map(problem -> new Finding(Verdict.FAIL, "data", problem))
        .orElseGet(() -> new Finding(Verdict.OK, "data", folder.path() + " can be written"));
  }

  private Finding port(int port) {
    Optional<RunState> ours = states.running().stream().filter(s -> s.port() == port).findFirst();
    if (ours.isPresent()) {
      return new Finding(Verdict.OK, "port", "the application runs here: " + ours.get().describe());
    }
    try {
      return ports
          .holder(port)
          .map(holder -> new Finding(Verdict.FAIL, "port", Start.taken(port, holder)))
          .orElseGet(() -> new Finding(Verdict.OK, "port", port + " is free"));
    } catch (UserError e) {
      return new Finding(Verdict.FAIL, "port", String.valueOf(e.getMessage()));
    }
  }

  private Finding leftovers() {
    List<RunState> left = states.leftovers();
    return left.isEmpty()
        ? new Finding(Verdict.OK, "leftovers", "none")
        : new Finding(
            Verdict.WARN,
            "leftovers",
            left.size() + " application(s) ended without being stopped: ./run stop clears this");
  }

  private static Finding engine(String program, String otherwise) {
    String text =
        Executables.find(program)
            .map(Path::toString)
            .orElse("not on the path; not needed, " + otherwise);
    return new Finding(Verdict.OK, program, text);
  }

  private static Finding docker() throws InterruptedException {
    Optional<Path> client = Executables.find("docker");
    if (client.isEmpty()) {
      return new Finding(Verdict.OK, "docker", "not on the path; not needed");
    }
    return answers(client.get())
        ? new Finding(Verdict.OK, "docker", "a container runtime answers")
        : new Finding(Verdict.OK, "docker", "no container runtime answers; not needed");
  }

  private static boolean answers(Path docker) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(docker.toString(), "version", "--format", "{{.Server.Version}}")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        return process.waitFor(CLIENT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException notRunnable) {
      return false;
    }
  }

  private static Finding mysqlLibraries() {
    List<String> missing =
        Stream.of("libaio.so.1", "libnuma.so.1").filter(name -> !library(name)).toList();
    return missing.isEmpty()
        ? new Finding(Verdict.OK, "mysql", "libaio1 and libnuma1 are there")
        : new Finding(
            Verdict.WARN,
            "mysql",
            String.join(" and ", missing)
                + " missing: ./run --db mysql cannot start, tests on MySQL are skipped;"
                + " on Debian: apt-get install libaio1 libnuma1");
  }

  private static boolean library(String name) {
    return LIBRARY_FOLDERS.stream()
        .map(Path::of)
        .flatMap(folder -> Stream.of(folder, folder.resolve(multiarch())))
        .anyMatch(folder -> Files.exists(folder.resolve(name)));
  }

  /** Debian's name for the folder of this processor's libraries. */
  private static String multiarch() {
    String processor = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
    return processor + "-linux-gnu";
  }
}
