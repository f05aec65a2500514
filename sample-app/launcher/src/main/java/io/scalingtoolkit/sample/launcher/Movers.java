// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import org.jspecify.annotations.Nullable;

/**
 * The mover that is at work, of which there is one at a time, and none once closed. Thread-safe.
 */
final class Movers implements AutoCloseable {

  private final Starter starter;
  private @Nullable MoverProcess running;
  private boolean closed;

  Movers(Starter starter) {
    this.starter = starter;
  }

  /** Starts movers. */
  interface Starter {

    /** Starts one. */
    MoverProcess start(MoverProcess.Work work);
  }

  /**
   * A mover that somebody looks on at.
   *
   * @param fresh whether it was started for this one, who then has to {@link #release} it
   */
  record Joined(MoverProcess mover, boolean fresh) {}

  /**
   * The one that is at work or, without one, a new one.
   *
   * @throws UserError when everything is being stopped, or none can be started
   */
  synchronized Joined join(MoverProcess.Work work) {
    MoverProcess now = running;
    return now == null ? new Joined(launch(work), true) : new Joined(now, false);
  }

  /**
   * A new one, after the end of the one that is at work.
   *
   * @throws UserError as {@link #join}
   */
  synchronized MoverProcess replace(MoverProcess.Work work) throws InterruptedException {
    MoverProcess now = running;
    if (now != null) {
      now.close();
    }
    return launch(work);
  }

  private MoverProcess launch(MoverProcess.Work work) {
    if (closed) {
      throw new UserError("everything is being stopped");
    }
    MoverProcess started = starter.start(work);
    running = started;
    return started;
  }

  /** After its end. */
  synchronized void release(MoverProcess ended) {
    if (running == ended) {
      running = null;
    }
  }

  /** The one that is at work; null without. */
  synchronized @Nullable MoverProcess running() {
    return running;
  }

  /** Ends the mover; what it has not done can be gone on with. */
  @Override
  public void close() {
    MoverProcess last;
    synchronized (this) {
      closed = true;
      last = running;
    }
    if (last != null) {
      try {
        last.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
