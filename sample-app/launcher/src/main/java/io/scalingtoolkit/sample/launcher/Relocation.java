// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

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
  private boolean arrived;

  /**
   * Creates it; nothing moves yet.
   *
   * @param data folder with the file
   * @param onMoved is told when all is over and the users are on the servers
   * @param onUndone is told when they are in the file and will stay there
   */
  Relocation(
      Path data, Database database, Movers.Starter movers, Runnable onMoved, Runnable onUndone) {
    this.data = data;
    this.database = database;
    this.movers = new Movers(movers);
    this.onMoved = onMoved;
    this.onUndone = onUndone;
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
    Movers.Joined joined = movers.join(MoverProcess.Work.TO_SERVER);
    replies.accept(Reply.step("Moving to " + database.product() + " …"));
    Reply outcome = joined.mover().follow(reply -> hear(reply, replies));
    if (!joined.fresh()) {
      replies.accept(outcome);
      return;
    }
    movers.release(joined.mover());
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
    MoverProcess running = movers.replace(MoverProcess.Work.BACK);
    Reply outcome = running.follow(reply -> hear(reply, replies));
    movers.release(running);
    if (outcome.kind() == Reply.Kind.DONE) {
      setArrived(false);
      replies.accept(Reply.done("All users are in the file again; the servers are stopped."));
    } else {
      replies.accept(outcome);
    }
    endIfWithdrawn();
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
    movers.close();
  }

  /** Arguments of a mover for a data folder. */
  static List<String> arguments(Path data, String soak, boolean offline) {
    return List.of(
        "--app.move.from=" + data, "--app.move.soak=" + soak, "--app.move.offline=" + offline);
  }
}
