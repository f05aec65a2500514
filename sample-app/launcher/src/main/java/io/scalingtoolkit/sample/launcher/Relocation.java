// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Moves the users of a running application from its SQLite file to servers, or back. One mover is
 * at it at a time; whoever asks stays until its end, and the work goes on without. Thread-safe.
 */
final class Relocation implements AutoCloseable {

  /** What the application's part of a move leaves in the data folder while it lasts. */
  static final String REQUEST = "next-database.properties";

  /** States of a move in which the users are on the servers. */
  private static final Set<String> ARRIVED = Set.of("SWITCHED", "SOAKING", "FINALIZING", "DONE");

  private final Path data;
  private final Database database;
  private final Movers movers;
  private final Runnable onMoved;
  private final Runnable onUndone;
  private @Nullable MoverProcess mover;
  private boolean arrived;
  private boolean closed;

  /**
   * Creates it; nothing moves yet.
   *
   * @param data folder with the file
   * @param onMoved is told when all is over and the users are on the servers
   * @param onUndone is told when they are in the file and will stay there
   */
  Relocation(Path data, Database database, Movers movers, Runnable onMoved, Runnable onUndone) {
    this.data = data;
    this.database = database;
    this.movers = movers;
    this.onMoved = onMoved;
    this.onUndone = onUndone;
  }

  /** Starts movers. */
  interface Movers {

    /** Starts one. */
    MoverProcess start(MoverProcess.Work work);
  }

  /** Does what {@code ./run move} asks for. */
  void answer(String command, Consumer<Reply> replies) throws InterruptedException {
    switch (command) {
      case "move" -> there(replies);
      case "move back" -> back(replies);
      default -> throw new UserError("the supervisor knows no command '" + command + "'");
    }
  }

  private void there(Consumer<Reply> replies) throws InterruptedException {
    MoverProcess running;
    boolean mine = false;
    synchronized (this) {
      if (mover == null) {
        mover = launch(MoverProcess.Work.TO_SERVER);
        mine = true;
      }
      running = mover;
    }
    replies.accept(Reply.step("Moving to " + database.product() + " …"));
    Reply outcome = running.follow(reply -> hear(reply, replies));
    if (!mine) {
      replies.accept(outcome);
      return;
    }
    release(running);
    if (outcome.kind() == Reply.Kind.DONE) {
      MoveNote note = new MoveNote(database, true);
      note.write(data);
      setArrived(true);
      onMoved.run();
      replies.accept(Reply.done(outcome.text() + " The next start: " + note.startCommand(data)));
    } else {
      replies.accept(outcome);
      endIfWithdrawn();
    }
  }

  private void back(Consumer<Reply> replies) throws InterruptedException {
    replies.accept(Reply.step("Moving back to the file …"));
    MoverProcess running;
    synchronized (this) {
      if (mover != null) {
        mover.close();
      }
      running = launch(MoverProcess.Work.BACK);
      mover = running;
    }
    Reply outcome = running.follow(reply -> hear(reply, replies));
    release(running);
    if (outcome.kind() == Reply.Kind.DONE) {
      setArrived(false);
      replies.accept(Reply.done("All users are in the file again; the servers are stopped."));
    } else {
      replies.accept(outcome);
    }
    endIfWithdrawn();
  }

  private synchronized void release(MoverProcess ended) {
    if (mover == ended) {
      mover = null;
    }
  }

  private MoverProcess launch(MoverProcess.Work work) {
    if (closed) {
      throw new UserError("everything is being stopped");
    }
    return movers.start(work);
  }

  private void hear(Reply reply, Consumer<Reply> replies) {
    if (Json.object(reply.text()).get("state") instanceof String state && ARRIVED.contains(state)) {
      setArrived(true);
    }
    replies.accept(reply);
  }

  private synchronized void setArrived(boolean now) {
    arrived = now;
  }

  /** Whether the users may be on the servers. */
  synchronized boolean hasArrived() {
    return arrived;
  }

  /** The mover takes its request back when the file alone is served again. */
  private void endIfWithdrawn() {
    if (Files.notExists(data.resolve(REQUEST))) {
      onUndone.run();
    }
  }

  /** Ends the mover; what it has not done can be gone on with. */
  @Override
  public void close() {
    MoverProcess running;
    synchronized (this) {
      closed = true;
      running = mover;
    }
    if (running != null) {
      try {
        running.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Arguments of a mover for a data folder. */
  static List<String> arguments(Path data, String soak, boolean offline) {
    return List.of(
        "--app.move.from=" + data, "--app.move.soak=" + soak, "--app.move.offline=" + offline);
  }
}
