// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The place where engine nodes run: this machine, as child processes, or the containers of its
 * Docker daemon.
 *
 * <p>The clusters know this interface only, and the same command lines run on either. Thread-safe.
 */
public interface EngineHost {
  /**
   * Returns the host named by the system property {@code toolkit.engines}.
   *
   * @throws EngineException if the property has an unknown value
   */
  static EngineHost current() {
    String mode = System.getProperty("toolkit.engines", "embedded");
    return switch (mode) {
      case "embedded" -> EmbeddedHost.INSTANCE;
      case "docker" -> ContainerHost.Holder.INSTANCE;
      default ->
          throw new EngineException(
              "system property toolkit.engines must be 'embedded' or 'docker'; got '" + mode + "'");
    };
  }

  /** Returns why no node can run on this host now, in one line, or nothing when nodes can. */
  default Optional<String> unavailable() {
    return Optional.empty();
  }

  /**
   * Starts the command and returns without waiting for it to be ready.
   *
   * @throws EngineException if the program cannot be started
   */
  EngineProcess start(EngineCommand command);

  /** Says whether programs are linked against the shared libraries that this machine has. */
  boolean hasLibrariesOfThisMachine();

  /** Says whether a command with {@code refusesRoot} runs as another user than this JVM. */
  boolean changesUser();

  /**
   * Makes a file or directory tree usable by the user the command will run as.
   *
   * <p>Call it for data that this JVM wrote and a command with {@code refusesRoot} has to own; does
   * nothing where both are the same user.
   */
  void handOver(Path tree);

  /**
   * Runs the command to its end.
   *
   * @throws EngineException if it cannot be started, does not end in time or ends with a code other
   *     than 0; the message has the tail of its log
   */
  default void run(EngineCommand command, Duration limit) {
    EngineProcess process = start(command);
    int code;
    try {
      code = process.awaitExit(limit);
    } catch (EngineException e) {
      process.kill();
      throw e;
    }
    if (code != 0) {
      throw new EngineException(
          command.node() + " ended with exit code " + code + LogTail.of(command.log()));
    }
  }
}
