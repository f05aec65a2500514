// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.Operation.Dependency;
import io.scalingtoolkit.testkit.check.Operation.Outcome;
import io.scalingtoolkit.testkit.check.RegisterTable.Row;
import io.scalingtoolkit.testkit.check.SessionDriver.Access;
import java.sql.SQLException;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread of a workload. Confined. */
final class WorkloadThread implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(WorkloadThread.class);

  private final WorkloadRun run;
  private final int number;
  private final SplittableRandom random;

  WorkloadThread(WorkloadRun run, int number, SplittableRandom random) {
    this.run = run;
    this.number = number;
    this.random = random;
  }

  @Override
  public void run() {
    try {
      while (run.goesOn()) {
        int session = chooseSession();
        if (random.nextDouble() < run.settings().writeShare()) {
          write(session);
        } else {
          read(session);
        }
      }
    } catch (RuntimeException | Error e) {
      run.failed(e);
    }
  }

  private int chooseSession() {
    SessionWorkload.Settings settings = run.settings();
    if (settings.sharedSessions()) {
      return random.nextInt(settings.sessions());
    }
    // The sessions that leave this thread's number as remainder are this thread's alone.
    int mine = (settings.sessions() - number + settings.threads() - 1) / settings.threads();
    return number + settings.threads() * random.nextInt(mine);
  }

  private void read(int session) {
    WorkloadSession state = run.session(session);
    int key = state.chooseKeyToRead(random);
    @Nullable Row[] seen = new Row[1];
    long start = System.nanoTime();
    try {
      run.driver()
          .run(session, Access.READ, connection -> seen[0] = run.table().read(connection, key));
    } catch (SQLException e) {
      noteFailure(e);
      Operation failed = Operation.read(session, key, 0).with(Outcome.FAILED);
      run.record(failed.between(start, System.nanoTime()));
      return;
    }
    long end = System.nanoTime();
    Row row = seen[0];
    if (row == null) {
      throw workNotRun();
    }
    Operation read =
        Operation.read(session, key, row.version())
            .between(start, end)
            .on(row.node())
            .dependingOn(row.dependsOnKey(), row.dependsOnVersion());
    run.record(read);
    state.read(key, row.version(), read.dependsOn());
  }

  private void write(int session) {
    WorkloadSession state = run.session(session);
    int key = state.chooseOwnKey(random);
    state.writing.lock();
    try {
      int version = run.nextVersion(key);
      Dependency dependency = state.chooseDependency(key, random);
      Operation intent = Operation.write(session, key, version);
      if (dependency != null) {
        intent = intent.dependingOn(dependency.key(), dependency.version());
      }
      long start = System.nanoTime();
      Outcome outcome = write(intent);
      run.record(intent.with(outcome).between(start, System.nanoTime()));
      if (outcome == Outcome.OK) {
        state.wrote(key, version);
      }
    } finally {
      state.writing.unlock();
    }
  }

  private Outcome write(Operation intent) {
    Dependency dependency = intent.dependsOn();
    Row row =
        dependency == null
            ? new Row(intent.version(), 0, 0, null)
            : new Row(intent.version(), dependency.key(), dependency.version(), null);
    boolean[] begun = new boolean[1];
    boolean[] taken = new boolean[1];
    try {
      run.driver()
          .run(
              intent.session(),
              Access.WRITE,
              connection -> {
                begun[0] = true;
                taken[0] = run.table().write(connection, intent.key(), row);
              });
    } catch (SQLException e) {
      noteFailure(e);
      return begun[0] ? Outcome.UNKNOWN : Outcome.FAILED;
    }
    if (!begun[0]) {
      throw workNotRun();
    }
    return taken[0] ? Outcome.OK : Outcome.FAILED;
  }

  private void noteFailure(SQLException e) {
    if (run.isFirstFailure()) {
      log.info("an operation failed; the history counts those that follow: {}", e.toString());
    }
  }

  private static IllegalStateException workNotRun() {
    return new IllegalStateException("the driver returned without having run the work");
  }
}
