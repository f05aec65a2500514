// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shell process outside this JVM that ends our engines and deletes their files once the JVM is
 * gone, also after SIGKILL. Thread-safe.
 *
 * <p>It learns of the JVM's end by the end of file of its standard input: only the JVM holds the
 * other end of that pipe (the JDK closes inherited descriptors in every child it starts). The
 * protocol stands at the top of {@code watchdog.sh}.
 */
final class Watchdog {
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

  private final Process process;
  private final Writer commands;

  private Watchdog(Process process) {
    this.process = process;
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * Starts a watchdog.
   *
   * @param directory where its script is put; it may be one of the directories it deletes
   */
  static Watchdog start(Path directory) {
    Path script = directory.resolve("watchdog.sh");
    List<String> argv = new ArrayList<>();
    Tools.find("setsid").map(Path::toString).ifPresent(argv::add);
    Optional<Path> shell = Tools.find("sh");
    if (shell.isEmpty()) {
      throw new EngineException("test engines need a POSIX shell: there is no 'sh' on the path");
    }
    argv.add(shell.get().toString());
    argv.add(script.toString());
    try (InputStream text = Watchdog.class.getResourceAsStream("watchdog.sh")) {
      if (text == null) {
        throw new EngineException("the testkit's jar lacks its watchdog.sh");
      }
      Files.copy(text, script);
      return new Watchdog(
          new ProcessBuilder(argv)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    } catch (IOException e) {
      throw new EngineException("cannot start the watchdog of the test engines in " + directory, e);
    }
  }

  /** Has processes that work in the directory ended, and the directory deleted, at the end. */
  void addDirectory(Path directory) {
    send("dir " + oneLine(directory));
  }

  /** Takes {@link #addDirectory} back. */
  void removeDirectory(Path directory) {
    send("done " + oneLine(directory));
  }

  /** Has a process and its descendants ended at the end, wherever they work. */
  void addProcess(long pid, long startTicks) {
    send("pid " + pid + ":" + startTicks);
  }

  /** Takes {@link #addProcess} back. */
  void removeProcess(long pid, long startTicks) {
    send("forget " + pid + ":" + startTicks);
  }

  /** Lets the watchdog do its work now, as if the JVM had ended, and returns its process. */
  Process release() throws IOException {
    commands.close();
    return process;
  }

  long pid() {
    return process.pid();
  }

  private synchronized void send(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
    } catch (IOException e) {
      log.warn(
          "the watchdog of the test engines (pid {}) is gone: engines may outlive a killed JVM",
          process.pid(),
          e);
    }
  }

  private static String oneLine(Path path) {
    String text = path.toString();
    if (text.indexOf('\n') >= 0) {
      throw new EngineException("a workspace path must not hold a line break; got '" + text + "'");
    }
    return text;
  }
}
