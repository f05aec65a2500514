// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything a cluster holds outside the JVM: a directory, its logs, its ports. Thread-safe.
 *
 * <p>The directory has a short path: below {@code /dev/shm} where that has 4 GiB free and {@code
 * java.io.tmpdir} is {@code /tmp}, else below {@code java.io.tmpdir}; the system property {@code
 * toolkit.engines.dir} names another place, for example a disk for engines with much data. A
 * process whose working directory lies in it belongs to the cluster: it is killed on close, and by
 * the watchdog when the JVM dies.
 *
 * <p>A durable workspace lies where the user says, and its files stay. Of the processes that work
 * there only the servers are killed, by the watchdog only those that this JVM started.
 */
public final class Workspace implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Workspace.class);
  private static final Duration DELETE_LIMIT = Duration.ofSeconds(20);
  private static final String LOGS_SETTING = "toolkit.engine.logs";

  private final Path directory;
  private final Path logs;
  private final long openedNanos = System.nanoTime();
  private final @Nullable DurableDirectory durable;
  private final List<Ports.Reservation> ports = new ArrayList<>();
  private boolean closed;

  private Workspace(Path directory, Path logs, @Nullable DurableDirectory durable) {
    this.directory = directory;
    this.logs = logs;
    this.durable = durable;
  }

  /**
   * Opens a workspace whose files outlive it where a directory is given, and a passing one where
   * not.
   *
   * @param engine as for {@link #open(String)}
   * @param directory an absent or empty directory, or one of an earlier workspace of this engine
   */
  public static Workspace open(String engine, @Nullable Path directory) {
    if (directory == null) {
      return open(engine);
    }
    DurableDirectory durable = DurableDirectory.open(engine, directory);
    return new Workspace(durable.path(), durable.logs(), durable);
  }

  /**
   * Makes a workspace with a directory of its own.
   *
   * @param engine a short word the directory's name starts with, for example {@code pg}
   */
  public static Workspace open(String engine) {
    Path directory = JvmHome.current().createWorkspace(engine);
    try {
      return new Workspace(directory, FileTrees.createPrivate(directory.resolve("logs")), null);
    } catch (IOException e) {
      throw new EngineException("cannot make the log directory in " + directory, e);
    }
  }

  /** Returns the name of the cluster, unique in this JVM, for example {@code pg1}. */
  public String name() {
    return directory.getFileName().toString();
  }

  /** Returns the absolute path of the workspace; any user may pass through it. */
  public Path path() {
    return directory;
  }

  /** Returns what a durable workspace remembers; null for one that passes. */
  public @Nullable DurableDirectory durable() {
    return durable;
  }

  /** Creates a directory with mode 0700 in the workspace. */
  public Path createDirectory(String name) {
    try {
      return FileTrees.createPrivate(directory.resolve(name));
    } catch (IOException e) {
      throw new EngineException("cannot make " + name + " in " + directory, e);
    }
  }

  /** Returns a directory of the workspace, made with mode 0700 when it is missing. */
  public Path directory(String name) {
    Path existing = directory.resolve(name);
    return Files.isDirectory(existing) ? existing : createDirectory(name);
  }

  /** Returns the file for the output of a node; the node's name stands in its name. */
  public Path log(String node) {
    return logs.resolve(node + ".log");
  }

  /** Reserves a port on loopback until this workspace is closed. */
  public int port() {
    return reserve(0);
  }

  /** Reserves a port {@code p} such that {@code p + offset} is free as well. */
  public int portWithBus(int offset) {
    return reserve(offset);
  }

  private synchronized int reserve(int busOffset) {
    if (closed) {
      throw new EngineException(name() + " is closed");
    }
    Ports.Reservation reservation = Ports.reserve(busOffset);
    ports.add(reservation);
    return reservation.number();
  }

  /**
   * Logs, once the cluster is ready, how long that took since the workspace was opened and how much
   * memory its processes hold.
   */
  public void logReady(String what, Collection<? extends EngineProcess> processes) {
    long millis = (System.nanoTime() - openedNanos) / 1_000_000;
    long bytes = processes.stream().mapToLong(EngineProcess::memoryBytes).sum();
    log.info(
        "{} {} ready in {} ms, {} MiB (PSS), files in {}",
        name(),
        what,
        millis,
        bytes >> 20,
        directory);
  }

  /**
   * Copies all logs to the directory described at {@code EngineCluster.keepLogs}.
   *
   * @return the absolute path of the copies
   */
  public Path keepLogs(String label) {
    String safe = label.replaceAll("[^A-Za-z0-9._-]+", "_");
    String start = safe.substring(0, Math.min(safe.length(), 120)) + "-" + name();
    try {
      Path parent = Files.createDirectories(logsParent());
      Path target = parent.resolve(start);
      for (int n = 2; Files.exists(target); n++) {
        target = parent.resolve(start + "-" + n);
      }
      Files.createDirectory(target);
      try (DirectoryStream<Path> files = Files.newDirectoryStream(logs)) {
        for (Path file : files) {
          Files.copy(file, target.resolve(file.getFileName().toString()));
        }
      }
      return target.toAbsolutePath();
    } catch (IOException e) {
      throw new EngineException("cannot keep the logs of " + name() + " for " + label, e);
    }
  }

  /**
   * Closes this workspace after a failed start and returns the exception to throw: its message has
   * that of the cause and the place where the logs were kept.
   */
  public EngineException failStart(String what, RuntimeException cause) {
    String kept;
    try {
      kept = "\n--- logs kept in " + (durable == null ? keepLogs("start") : logs);
    } catch (EngineException e) {
      cause.addSuppressed(e);
      kept = "\n--- logs could not be kept: " + e.getMessage();
    }
    try {
      close();
    } catch (EngineException e) {
      cause.addSuppressed(e);
    }
    return new EngineException(what + " did not start: " + cause.getMessage() + kept, cause);
  }

  /**
   * Kills what still works in the workspace, deletes its files unless they are durable, and gives
   * its ports back.
   */
  @Override
  public void close() {
    closeAfter(List.of());
  }

  /**
   * Runs the kills of all nodes side by side and then closes this workspace; returns when both are
   * done.
   *
   * <p>An interrupt of the caller, which a test with a time limit gets, does not cut it short, and
   * stays set. A kill that fails does not keep the others, nor the closing, from being done.
   *
   * @param kills one per node; running them again must do no harm
   * @throws EngineException if a kill failed, or the files could not be deleted
   */
  public void closeAfter(Collection<? extends Runnable> kills) {
    // On a thread of its own, which nobody interrupts.
    CompletableFuture<Void> closing = new CompletableFuture<>();
    Thread closer =
        new Thread(
            () -> {
              try {
                killAndClose(kills);
                closing.complete(null);
              } catch (RuntimeException | Error e) {
                closing.completeExceptionally(e);
              }
            },
            "toolkit-close-" + name());
    closer.setDaemon(true);
    closer.start();
    try {
      closing.join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new EngineException(name() + " was not closed in order: " + cause.getMessage(), cause);
    }
  }

  private void killAndClose(Collection<? extends Runnable> kills) {
    Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
    kills.parallelStream()
        .forEach(
            kill -> {
              try {
                kill.run();
              } catch (RuntimeException e) {
                failures.add(e);
              }
            });
    try {
      closeNow();
    } catch (RuntimeException e) {
      failures.add(e);
    }
    RuntimeException first = failures.poll();
    if (first != null) {
      failures.forEach(first::addSuppressed);
      throw first;
    }
  }

  private synchronized void closeNow() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      Deadline.in(DELETE_LIMIT)
          .await(
              "the files of " + name() + " are deleted",
              () -> {
                if (durable != null) {
                  durable.endLeftovers();
                  return true;
                }
                killAll();
                FileTrees.delete(directory);
                return true;
              });
    } finally {
      if (durable != null) {
        durable.close();
      }
      ports.forEach(Ports.Reservation::close);
      ports.clear();
    }
  }

  private void killAll() {
    for (ProcessTable.Entry engine : ProcessTable.workingIn(directory)) {
      ProcessHandle.of(engine.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private static Path logsParent() {
    String setting = System.getProperty(LOGS_SETTING);
    if (setting != null && !setting.isBlank()) {
      return Path.of(setting).toAbsolutePath();
    }
    Path target = Path.of("target").toAbsolutePath();
    if (Files.isDirectory(target) && Files.isWritable(target)) {
      return target.resolve("engine-logs");
    }
    // One per user: the temporary directory is everybody's.
    return Path.of(System.getProperty("java.io.tmpdir"))
        .toAbsolutePath()
        .resolve("engine-logs-" + Privilege.userId());
  }
}
