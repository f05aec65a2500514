// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.time.Duration;

/** A node that was started on an {@link EngineHost}, with all its child processes. Thread-safe. */
public interface EngineProcess {
  /** A signal to one process. */
  enum Signal {
    /** SIGINT. */
    INT,
    /** SIGTERM. */
    TERM,
    /** SIGHUP, which asks many programs to read their configuration again. */
    HUP
  }

  /** Says whether the root process of the tree lives; a frozen one does. */
  boolean isAlive();

  /** Sends the signal to the root process and returns at once; a frozen one gets it when thawed. */
  void signal(Signal signal);

  /** Ends the whole tree with SIGKILL, frozen or not, and returns when all of it is gone. */
  void kill();

  /**
   * Stops the whole tree with SIGSTOP and returns when every process of it has stopped.
   *
   * @throws EngineException if the root process is dead
   */
  void freeze();

  /** Lets a frozen tree go on. Does nothing to a running or a dead one. */
  void thaw();

  /**
   * Waits until the root process has ended.
   *
   * @return the exit code; 128 + the signal's number when a signal ended it
   * @throws EngineException if it has not ended within {@code limit}
   */
  int awaitExit(Duration limit);

  /** Returns the proportional set size of the tree in bytes, zero when it cannot be read. */
  long memoryBytes();

  /** Returns the process id of the root of the tree. */
  long pid();
}
