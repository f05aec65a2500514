// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A JVM that runs beside this one with the same class path, as one of the processes of an
 * application: it can be stopped, continued and killed. Thread-safe.
 *
 * <p>The two talk in lines: {@link #send} writes to its standard input, {@link #await} reads its
 * standard output; its standard error goes to a log of the workspace. It works in the workspace, so
 * it ends with it, or with this JVM; its main class should also end when its standard input does.
 */
public final class JvmProcess implements AutoCloseable {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(10);
  private static final String END = "\0end of output";

  private final String name;
  private final Process process;
  private final EmbeddedProcess signals;
  private final Path log;
  private final Writer input;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private JvmProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.signals = new EmbeddedProcess(name, process);
    this.log = log;
    this.input = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
  }

  /**
   * Starts a JVM and returns without waiting for it.
   *
   * @param name unique in the workspace, for messages and the log
   * @param jvmOptions for example {@code -Xmx96m}
   * @throws EngineException if it cannot be started
   */
  public static JvmProcess start(
      Workspace workspace,
      String name,
      Class<?> main,
      List<String> jvmOptions,
      List<String> arguments) {
    List<String> argv = new ArrayList<>();
    argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    argv.addAll(jvmOptions);
    argv.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    argv.addAll(arguments);
    Path log = workspace.log(name);
    try {
      Process process =
          new ProcessBuilder(argv)
              .directory(workspace.createDirectory(name).toFile())
              .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      JvmProcess started = new JvmProcess(name, process, log);
      Thread reader = new Thread(started::read, "toolkit-reader-" + name);
      reader.setDaemon(true);
      reader.start();
      return started;
    } catch (IOException e) {
      throw new EngineException("cannot start " + name + " with " + argv, e);
    }
  }

  private void read() {
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = output.readLine();
      while (line != null) {
        lines.add(line);
        line = output.readLine();
      }
    } catch (IOException e) {
      lines.add("its output cannot be read: " + e);
    }
    lines.add(END);
  }

  /** Returns the process id. */
  public long pid() {
    return process.pid();
  }

  /** Says whether it exists; a stopped one does. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Writes a line to its standard input.
   *
   * @throws EngineException if it is gone
   */
  public synchronized void send(String line) {
    try {
      input.write(line + "\n");
      input.flush();
    } catch (IOException e) {
      throw new EngineException(name + " takes no '" + line + "'" + LogTail.of(log), e);
    }
  }

  /**
   * Waits for the next line that starts with a word, passing over others, and returns the rest.
   *
   * @throws EngineException if it ends or the time is over before that
   */
  public String await(String word, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    try {
      while (true) {
        String line = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (line == null || line.equals(END)) {
          lines.add(END);
          throw new EngineException(
              "%s %s before it said '%s'%s"
                  .formatted(
                      name,
                      line == null ? "took more than " + limit.toSeconds() + " s" : "ended",
                      word,
                      LogTail.of(log)));
        }
        if (line.equals(word) || line.startsWith(word + " ")) {
          return line.substring(word.length()).strip();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while waiting for " + name, e);
    }
  }

  /** Stops it with SIGSTOP, and returns when it has stopped. */
  public void freeze() {
    signals.freeze();
  }

  /** Lets it go on. */
  public void thaw() {
    signals.thaw();
  }

  /** Ends it with SIGKILL, stopped or not, and returns when it is gone. */
  public void kill() {
    signals.kill();
  }

  /** Lets it end by itself, by the end of its input, and kills it if it does not. */
  @Override
  public void close() {
    if (!process.isAlive()) {
      return;
    }
    try {
      thaw();
      process.getOutputStream().close();
      process.waitFor(EXIT_LIMIT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (IOException e) {
      throw new EngineException("cannot close the input of " + name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      kill();
    }
  }

  @Override
  public String toString() {
    return "JvmProcess[" + name + ", pid " + process.pid() + "]";
  }
}
