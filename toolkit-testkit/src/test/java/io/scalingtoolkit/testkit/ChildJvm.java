// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit;

import io.scalingtoolkit.testkit.process.Deadline;
import io.scalingtoolkit.testkit.process.FileTrees;
import io.scalingtoolkit.testkit.process.LogTail;
import io.scalingtoolkit.testkit.process.Workspace;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A JVM that a test starts to be killed, or to run as another user, with the test's class path.
 *
 * <p>It has an empty temporary directory of its own, which both users may write, and no cache of
 * unpacked engines unless one is given. Its main class talks by lines on standard output.
 */
public final class ChildJvm implements AutoCloseable {
  /** The user id of {@code nobody}. */
  public static final int NOBODY = 65_534;

  private static final Duration LIMIT = Duration.ofSeconds(120);

  private final Process process;
  private final Workspace workspace;
  private final Path output;

  private ChildJvm(Process process, Workspace workspace, Path output) {
    this.process = process;
    this.workspace = workspace;
    this.output = output;
  }

  /** Starts a JVM as the user of this one. */
  public static ChildJvm start(Class<?> main, List<String> jvmOptions, String... arguments) {
    return launch(List.of(), System.getProperty("java.class.path"), main, jvmOptions, arguments);
  }

  /** Starts a JVM as user 65534, without a home and without JUnit; needs root here. */
  public static ChildJvm startAsNobody(Class<?> main, List<String> options, String... arguments) {
    List<String> prefix =
        List.of(
            "setpriv",
            "--reuid=" + NOBODY,
            "--regid=" + NOBODY,
            "--clear-groups",
            "env",
            "-i",
            "PATH=/usr/bin:/bin");
    return launch(prefix, ReadableClassPath.INSTANCE, main, options, arguments);
  }

  /** Says whether this JVM can start one as another user. */
  public static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static ChildJvm launch(
      List<String> prefix, String classPath, Class<?> main, List<String> options, String... args) {
    Workspace workspace = Workspace.open("child");
    try {
      Path temp = workspace.createDirectory("tmp");
      Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxrwxrwx"));
      Path output = workspace.log("child");
      List<String> argv = new ArrayList<>(prefix);
      argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      argv.addAll(List.of("-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=" + temp, "-cp", classPath));
      argv.addAll(options);
      argv.add(main.getName());
      argv.addAll(List.of(args));
      Process process =
          new ProcessBuilder(argv)
              .directory(temp.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      return new ChildJvm(process, workspace, output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the temporary directory of the child. */
  public Path temp() {
    return workspace.path().resolve("tmp");
  }

  /** Waits for a line that starts with the word and returns the rest of it. */
  public String awaitLine(String word) {
    Deadline.in(LIMIT)
        .await(
            () -> "the child prints '" + word + "'" + LogTail.of(output),
            () -> {
              boolean alive = process.isAlive();
              if (!line(word).isEmpty()) {
                return true;
              }
              if (!alive) {
                throw new EngineException("no line " + word + " from child" + LogTail.of(output));
              }
              return false;
            });
    return line(word).substring(word.length()).strip();
  }

  private String line(String word) {
    try (Stream<String> lines = Files.lines(output)) {
      return lines.filter(line -> line.startsWith(word + " ")).findFirst().orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the JVM with SIGKILL. */
  public void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  /** Waits for the end of the JVM and returns its exit code. */
  public int awaitExit() {
    try {
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("the child JVM does not end" + LogTail.of(output));
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns all it has written so far. */
  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    kill();
    workspace.close();
  }

  /** A copy of the class path that every user can read; it goes away with this JVM. */
  private static final class ReadableClassPath {
    private static final String JUNIT = "(junit|opentest4j).*";

    static final String INSTANCE = copy();

    private static String copy() {
      try {
        Path target = Workspace.open("cp").createDirectory("files");
        Set<String> copies = new LinkedHashSet<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
          Path source = Path.of(entry).toAbsolutePath();
          if (Files.exists(source) && !source.getFileName().toString().matches(JUNIT)) {
            Path copy = target.resolve(copies.size() + "-" + source.getFileName());
            copyReadable(source, copy);
            copies.add(copy.toString());
          }
        }
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
        return String.join(File.pathSeparator, copies);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void copyReadable(Path source, Path copy) throws IOException {
      if (Files.isDirectory(source)) {
        Files.createDirectory(copy);
        FileTrees.copy(source, copy, any -> true);
      } else {
        Files.copy(source, copy);
      }
      try (Stream<Path> all = Files.walk(copy)) {
        for (Path path : all.toList()) {
          Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
      }
    }
  }
}
