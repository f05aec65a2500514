// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of several processes of the application. Port and folder stay the same when it is started
 * again. Guarded by the {@link Instances} that has it, except what is final.
 */
final class Instance {

  /** Times it may end by itself, each soon after it was ready, before it is given up. */
  static final int MAX_DEATHS = 3;

  final int number;
  final int port;
  final DataFolder folder;

  State state = State.ENDED;
  @Nullable AppProcess app;
  Map<String, String> environment = Map.of();
  long readyNanos;
  int deaths;

  Instance(int number, int port, DataFolder folder) {
    this.number = number;
    this.port = port;
    this.folder = folder;
  }

  /** Where it is in its life. */
  enum State {
    /** Its process runs and is not ready yet. */
    STARTING,
    /** It was ready, and its process has not ended. */
    SERVING,
    /** It was told to end. */
    STOPPING,
    /** It has no process, and will have one again. */
    ENDED,
    /** It has ended by itself too often. */
    LOST
  }

  /** Its process, which may have ended; empty before the first start. */
  Optional<ProcessHandle> process() {
    return app == null ? Optional.empty() : Optional.of(app.process().toHandle());
  }

  @Override
  public String toString() {
    return "instance " + number + " on port " + port;
  }
}
