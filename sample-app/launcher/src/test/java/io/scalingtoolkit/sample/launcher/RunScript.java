// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Starts the real {@code run} script of this checkout, on the built tree, never building it. */
final class RunScript {

  private static final long DEADLINE_SECONDS = 120;
  private static final Path PROJECT = project();

  private final Path scratch;
  private final Path script;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> prefix = new ArrayList<>();

  private RunScript(Path script, Path scratch) {
    this.script = script;
    this.scratch = scratch;
    environment.put("SCALING_TOOLKIT_NO_BUILD", "1");
    environment.put("JAVA_HOME", System.getProperty("java.home"));
  }

  /** The script of this checkout; output files go to the scratch folder. */
  static RunScript here(Path scratch) {
    return new RunScript(PROJECT.resolve("run"), scratch);
  }

  /** A copy of the script alone, in a folder that has never been built. */
  static RunScript copyIn(Path folder, Path scratch) throws IOException {
    Files.createDirectories(folder);
    Path copy =
        Files.copy(
            PROJECT.resolve("run"),
            folder.resolve("run"),
            java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    return new RunScript(copy, scratch);
  }

  RunScript with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  RunScript without(String name) {
    environment.remove(name);
    return this;
  }

  /** Another command in front of the script, for example one that changes the user. */
  RunScript through(String... command) {
    prefix.addAll(List.of(command));
    return this;
  }

  /**
   * What a finished command left.
   *
   * @param exitCode its exit code
   * @param out its standard output
   * @param err its standard error
   */
  record Result(int exitCode, String out, String err) {}

  Result run(String... arguments) throws IOException, InterruptedException {
    return start(arguments).await();
  }

  Started start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(script.toString());
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(scratch, "out", "");
    Path err = Files.createTempFile(scratch, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeAll(List.of("JAVA_HOME", "SCALING_TOOLKIT_NO_BUILD"));
    builder.environment().putAll(environment);
    return new Started(builder.start(), out, err);
  }

  /**
   * A command on its way.
   *
   * @param process the launcher
   * @param outFile file of its standard output
   * @param errFile file of its standard error
   */
  record Started(Process process, Path outFile, Path errFile) {

    String out() throws IOException {
      return Files.readString(outFile);
    }

    Result await() throws IOException, InterruptedException {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the command did not end; it printed: " + out());
      }
      return new Result(process.exitValue(), out(), Files.readString(errFile));
    }
  }

  private static Path project() {
    return Stream.iterate(Path.of("").toAbsolutePath(), Path::getParent)
        .filter(folder -> Files.isRegularFile(folder.resolve("run")))
        .findFirst()
        .orElseThrow();
  }
}
