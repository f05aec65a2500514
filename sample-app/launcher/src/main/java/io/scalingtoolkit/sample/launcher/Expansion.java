// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Adds shards to what runs and has data moved to them, one at a time. Whoever asks stays until the
 * end; when its client goes away meanwhile, the work goes on. Thread-safe.
 */
final class Expansion implements AutoCloseable {

  private final ShardList list;
  private final ShardServers servers;
  private final Instances instances;
  private final Movers movers;
  private final Journal journal;
  private final ReentrantLock working = new ReentrantLock();

  Expansion(
      ShardList list,
      ShardServers servers,
      Instances instances,
      Movers.Starter movers,
      Journal journal) {
    this.list = list;
    this.servers = servers;
    this.instances = instances;
    this.movers = new Movers(movers);
    this.journal = journal;
  }

  /**
   * Starts the servers of a new shard, tells all instances of it and moves its share of the data.
   *
   * @throws UserError when the name is bad or in use, or a step fails; {@link #resume} goes on then
   */
  void add(String name, Consumer<Reply> replies) throws InterruptedException {
    if (!ShardList.NAME.matcher(name).matches()) {
      throw new UserError("the name of a shard must match " + ShardList.NAME + "; got " + name);
    }
    list.requireFree(name);
    if (!working.tryLock()) {
      throw new UserError("another move is under way; ./run shards resume shows how far it is");
    }
    Reply outcome;
    try {
      list.requireFree(name);
      if (list.joining()) {
        throw new UserError(
            "a shard that was added before has not got all of its share; finish that first with"
                + " ./run shards resume");
      }
      step("Starting the servers of shard " + name + " …", replies);
      if (!servers.has(name)) {
        servers.add(name);
      }
      list.add(name);
      tellInstances(replies);
      outcome = move(MoverProcess.Work.ADD, replies);
    } finally {
      working.unlock();
    }
    replies.accept(outcome); // who reads it may come again at once
  }

  /**
   * Goes on with what {@link #add} has begun, or shows how far that is when it is under way.
   *
   * @throws UserError when a step fails; calling it again is allowed
   */
  void resume(Consumer<Reply> replies) throws InterruptedException {
    if (!working.tryLock()) {
      watch(replies);
      return;
    }
    Reply outcome;
    try {
      tellInstances(replies);
      outcome = move(MoverProcess.Work.RESUME, replies);
      if (outcome.kind() == Reply.Kind.DONE) {
        // Moves that nobody had begun yet are planned anew.
        outcome = move(MoverProcess.Work.ADD, replies);
      }
    } finally {
      working.unlock();
    }
    replies.accept(outcome);
  }

  /** Follows the mover that somebody else has started. */
  private void watch(Consumer<Reply> replies) throws InterruptedException {
    MoverProcess running = movers.running();
    if (running == null) {
      throw new UserError("the instances are being restarted; try again in a minute");
    }
    replies.accept(running.follow(replies));
  }

  private void tellInstances(Consumer<Reply> replies) throws InterruptedException {
    step("Telling the instances of all shards, one after the other …", replies);
    instances.renew();
  }

  /** Returns how it ended. */
  private Reply move(MoverProcess.Work work, Consumer<Reply> replies) throws InterruptedException {
    step(
        work == MoverProcess.Work.ADD ? "Moving …" : "Finishing the moves that were begun …",
        replies);
    MoverProcess started = movers.join(work).mover();
    try {
      Reply outcome = started.follow(replies);
      boolean done = outcome.kind() == Reply.Kind.DONE;
      if (done && work == MoverProcess.Work.ADD) {
        list.joined();
      }
      journal.note(done ? outcome.text() : "Stopped moving: " + outcome.text());
      return outcome;
    } finally {
      movers.release(started);
    }
  }

  private void step(String sentence, Consumer<Reply> replies) {
    journal.note(sentence);
    replies.accept(Reply.step(sentence));
  }

  /** Ends the mover; what it has not done can be resumed after the next start. */
  @Override
  public void close() {
    movers.close();
  }
}
