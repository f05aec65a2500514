// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A workload while it runs: what its threads share. Thread-safe. */
final class WorkloadRun {
  private final SessionWorkload.Settings settings;
  private final RegisterTable table;
  private final SessionDriver driver;
  private final List<WorkloadSession> sessions = new ArrayList<>();
  private final HistoryRecorder recorder;

  /** The newest version that was tried; an element is guarded by its writer's lock. */
  private final int[] versions;

  private final AtomicLong left;
  private final AtomicBoolean anyFailure = new AtomicBoolean();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final long startNanos = System.nanoTime();
  private volatile boolean stopped;

  WorkloadRun(SessionWorkload.Settings settings, RegisterTable table, SessionDriver driver) {
    this.settings = settings;
    this.table = table;
    this.driver = driver;
    this.recorder =
        new HistoryRecorder(settings.sessions(), settings.keys(), settings.operations());
    this.versions = new int[settings.keys()];
    this.left = new AtomicLong(settings.operations());
    for (int session = 0; session < settings.sessions(); session++) {
      sessions.add(new WorkloadSession(session, settings.sessions(), settings.keys()));
    }
  }

  History execute() throws InterruptedException {
    SplittableRandom random = new SplittableRandom(settings.seed());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < settings.threads(); i++) {
      Thread thread = new Thread(new WorkloadThread(this, i, random.split()), "workload-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } finally {
      stopped = true;
    }
    Throwable thrown = failure.get();
    if (thrown != null) {
      throw new IllegalStateException("a thread of the workload ended with " + thrown, thrown);
    }
    return recorder.history();
  }

  /** Takes one operation from those that are left; says whether there was one, and time for it. */
  boolean goesOn() {
    return !stopped
        && System.nanoTime() - startNanos < settings.duration().toNanos()
        && left.getAndDecrement() > 0;
  }

  SessionWorkload.Settings settings() {
    return settings;
  }

  RegisterTable table() {
    return table;
  }

  SessionDriver driver() {
    return driver;
  }

  WorkloadSession session(int session) {
    return sessions.get(session);
  }

  int nextVersion(int key) {
    return ++versions[key];
  }

  void record(Operation operation) {
    recorder.record(operation);
  }

  boolean isFirstFailure() {
    return anyFailure.compareAndSet(false, true);
  }

  void failed(Throwable thrown) {
    failure.compareAndSet(null, thrown);
    stopped = true;
  }
}
