// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs nodes as child processes of this JVM. Thread-safe.
 *
 * <p>All of them are started by one daemon thread that never ends: the kernel sends the parent
 * death signal when the <em>thread</em> that started a child ends, not when its process does.
 */
final class EmbeddedHost implements EngineHost {
  static final EmbeddedHost INSTANCE = new EmbeddedHost();

  private final ExecutorService starter =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "toolkit-engine-starter");
            thread.setDaemon(true);
            return thread;
          });

  private EmbeddedHost() {}

  @Override
  public EngineProcess start(EngineCommand command) {
    List<String> argv = new ArrayList<>(Privilege.current().prefix(command.refusesRoot()));
    argv.addAll(command.argv());
    ProcessBuilder builder =
        new ProcessBuilder(argv)
            .directory(command.directory().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(command.log().toFile()));
    builder.environment().putAll(command.env());
    try {
      Process process = starter.submit(builder::start).get();
      process.getOutputStream().close();
      guard(process);
      return new EmbeddedProcess(command.node(), process);
    } catch (ExecutionException | IOException e) {
      throw new EngineException("cannot start " + command.node() + " with " + argv, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while starting " + command.node(), e);
    }
  }

  /** Has the watchdog end the process by its id, too: where it works may not tell, or change. */
  private static void guard(Process process) {
    ProcessTable.Entry entry = ProcessTable.find(process.pid());
    if (entry != null) {
      Watchdog watchdog = JvmHome.current().watchdog();
      watchdog.addProcess(entry.pid(), entry.startTicks());
      // Nothing waits for this: it cannot fail but by a lost watchdog, which logs.
      var unused =
          process.onExit().thenRun(() -> watchdog.removeProcess(entry.pid(), entry.startTicks()));
    }
  }

  @Override
  public boolean hasLibrariesOfThisMachine() {
    return true;
  }

  @Override
  public boolean changesUser() {
    return Privilege.current().changesUser();
  }

  @Override
  public void handOver(Path tree) {
    if (!changesUser()) {
      return;
    }
    if (!Privilege.isReachableByOthers(tree)) {
      throw new EngineException(
          "the engine runs as user "
              + Privilege.NOBODY
              + " and cannot pass through the directories above "
              + tree
              + ": set toolkit.engines.dir to a directory that all users may enter");
    }
    try {
      FileTrees.handOver(tree, Privilege.NOBODY);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot hand " + tree + " over to " + Privilege.NOBODY, e);
    }
  }
}
