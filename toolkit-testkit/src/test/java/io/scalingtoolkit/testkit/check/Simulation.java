// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.Operation.Dependency;
import io.scalingtoolkit.testkit.check.Operation.Outcome;
import io.scalingtoolkit.testkit.check.SimulatedCluster.Row;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Sessions that work through a router on a simulated cluster, one step after the other. */
final class Simulation {
  static final int SESSIONS = 16;
  static final int KEYS = 48;
  static final long BOUND = 60;

  private final SimulatedCluster cluster;
  private final ReferenceRouter router;
  private final SplittableRandom random;
  private final HistoryRecorder recorder;
  private final List<WorkloadSession> sessions = new ArrayList<>();
  private final int[] versions = new int[KEYS];

  Simulation(Mutant mutant, long seed, boolean withPromotions, boolean bounded, int operations) {
    cluster = new SimulatedCluster(KEYS, seed, withPromotions);
    router = mutant.router(cluster, SESSIONS, bounded ? BOUND : Long.MAX_VALUE, seed);
    random = new SplittableRandom(~seed);
    recorder = new HistoryRecorder(SESSIONS, KEYS, operations);
    for (int i = 0; i < SESSIONS; i++) {
      sessions.add(new WorkloadSession(i, SESSIONS, KEYS));
    }
    for (int i = 0; i < operations; i++) {
      int session = random.nextInt(SESSIONS);
      if (random.nextInt(4) == 0) {
        write(session);
      } else {
        read(session);
      }
    }
  }

  /** Returns the history with its final state, but without the declaration of losses. */
  History history() {
    return recorder.history().endingIn(cluster.versions());
  }

  List<History.LossWindow> lossWindows() {
    return cluster.lossWindows();
  }

  private void read(int session) {
    int key = sessions.get(session).chooseKeyToRead(random);
    long start = cluster.nanoTime();
    try {
      cluster.live();
      SimulatedCluster.Node node = (SimulatedCluster.Node) router.chooseForRead(session);
      cluster.live();
      Row row = node.read(key);
      cluster.live();
      router.hasRead(session, node);
      cluster.live();
      Operation read =
          Operation.read(session, key, row.version())
              .between(start, cluster.nanoTime())
              .on("node " + node.number())
              .dependingOn(row.dependsOnKey(), row.dependsOnVersion());
      recorder.record(read);
      sessions.get(session).read(key, row.version(), read.dependsOn());
    } catch (SQLException e) {
      Operation failed = Operation.read(session, key, 0).with(Outcome.FAILED);
      recorder.record(failed.between(start, cluster.nanoTime()));
    }
  }

  private void write(int session) {
    int key = sessions.get(session).chooseOwnKey(random);
    int version = ++versions[key];
    Dependency dependency = sessions.get(session).chooseDependency(key, random);
    Operation write = Operation.write(session, key, version);
    Row row = new Row(version, 0, 0);
    if (dependency != null) {
      write = write.dependingOn(dependency.key(), dependency.version());
      row = new Row(version, dependency.key(), dependency.version());
    }
    long start = cluster.nanoTime();
    Outcome outcome = Outcome.FAILED;
    try {
      cluster.live();
      SimulatedCluster.Node primary = cluster.primary();
      router.beforeCommit(session);
      outcome = Outcome.UNKNOWN;
      boolean taken = primary.write(key, row);
      cluster.live();
      router.committed(session);
      cluster.live();
      outcome = taken ? Outcome.OK : Outcome.FAILED;
    } catch (SQLException e) {
      // The outcome says how far it came.
    }
    recorder.record(write.with(outcome).between(start, cluster.nanoTime()));
    if (outcome == Outcome.OK) {
      sessions.get(session).wrote(key, version);
    }
  }
}
