// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.testkit.process.Workspace;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Processes of movers, one of which is always started ahead. Those that were not harmed are used
 * again. Confined to one thread.
 */
final class MoverPool implements AutoCloseable {
  private final Workspace workspace;
  private final Deque<MoverProcess> idle = new ArrayDeque<>();
  private int started;

  MoverPool(Workspace workspace) {
    this.workspace = workspace;
    start();
  }

  private void start() {
    idle.add(MoverProcess.start(workspace, "mover" + started++));
  }

  /** One that is ready. */
  Lease take(List<String> addresses) {
    MoverProcess mover = idle.remove();
    if (idle.isEmpty()) {
      start();
    }
    return new Lease(mover.open(addresses));
  }

  /** A process that ends with this, unless it is kept. */
  final class Lease implements AutoCloseable {
    private final MoverProcess mover;
    private boolean kept;

    private Lease(MoverProcess mover) {
      this.mover = mover;
    }

    MoverProcess get() {
      return mover;
    }

    /** Says that it can be used again. */
    void keep(boolean usable) {
      kept = usable;
    }

    @Override
    public void close() {
      if (kept) {
        idle.addFirst(mover);
      } else {
        mover.close();
      }
    }
  }

  @Override
  public void close() {
    idle.forEach(MoverProcess::close);
  }
}
