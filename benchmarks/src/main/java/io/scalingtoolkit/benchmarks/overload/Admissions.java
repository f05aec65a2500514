// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.overload;

import io.scalingtoolkit.core.overload.Priority;
import java.util.Arrays;

/**
 * The runs behind the rows of admission. Immutable.
 *
 * @param seeds runs of each cell, 1 or more
 * @param seconds scored of each run, after 10 that are not
 */
public record Admissions(int seeds, int seconds) {
  private static final int WARM_UP = 10;
  private static final int FAN_OUT = 5;
  private static final double OVERLOAD = 5;
  private static final long GAP_NANOS = 20 * ServerSimulation.MILLI;

  /**
   * One cell of the grid.
   *
   * @param goodput worst of the seeds, as a part of what was possible
   * @param rejected most of the seeds, as a part of what was sent
   * @param p99Millis median of the seeds
   */
  public record Cell(double goodput, double rejected, double p99Millis) {}

  /** Runs a server of that many workers at that multiple of its capacity. */
  public Cell cell(Contender contender, int workers, double load) {
    double goodput = Double.MAX_VALUE;
    double rejected = 0;
    double[] p99 = new double[seeds];
    for (int seed = 1; seed <= seeds; seed++) {
      ServerSimulation server = new ServerSimulation(seed, contender, workers, load);
      server.run(WARM_UP);
      ServerSimulation.Score score = server.run(seconds);
      // What is under way at the end is given the time to end; it does not change what was sent.
      server.run(1);
      goodput = Math.min(goodput, ServerSimulation.goodput(score, workers, seconds));
      rejected = Math.max(rejected, (double) score.rejected / score.sent);
      p99[seed - 1] = (double) score.latencies.getValueAtPercentile(99) / ServerSimulation.MILLI;
    }
    Arrays.sort(p99);
    return new Cell(goodput, rejected, p99[seeds / 2]);
  }

  /**
   * Changes the number of workers under five times the load, and returns the goodput from 5 s to 15
   * s later as a part of that of a server that had so many from the start; worst of the seeds.
   */
  public double afterChange(Contender contender, int before, int after) {
    double worst = Double.MAX_VALUE;
    for (int seed = 1; seed <= seeds; seed++) {
      ServerSimulation changed = new ServerSimulation(seed, contender, before, OVERLOAD);
      changed.run(20);
      changed.workers(after);
      changed.run(5);
      ServerSimulation.Score score = changed.run(10);
      changed.run(1);
      ServerSimulation steady =
          new ServerSimulation(seed, contender, after, OVERLOAD * before / after);
      steady.run(25);
      ServerSimulation.Score compared = steady.run(10);
      steady.run(1);
      worst = Math.min(worst, (double) score.good / compared.good);
    }
    return worst;
  }

  /** Returns how many of the critical requests, a tenth of five times the load, are good. */
  public double critical(Contender contender, int workers, boolean withUsers) {
    double worst = Double.MAX_VALUE;
    for (int seed = 1; seed <= seeds; seed++) {
      ServerSimulation server = new ServerSimulation(seed, contender, workers, OVERLOAD);
      server.arrivals(
          () ->
              server.arrive(
                  server.random.nextInt(10) == 0 ? Priority.CRITICAL : Priority.DEFAULT,
                  withUsers ? "user-" + server.random.nextInt(100_000) : null,
                  good -> {}));
      server.run(WARM_UP);
      ServerSimulation.Score score = server.run(seconds);
      server.run(1);
      worst = Math.min(worst, (double) score.goodCritical / score.critical);
    }
    return worst;
  }

  /**
   * Lets each task make five calls, 20 ms one after the other, of five times the load in all.
   *
   * @return tasks whose calls were all good, as a part of the fifth that fits; worst of the seeds
   */
  public double fanOut(Contender contender, int workers, boolean withUsers) {
    double worst = Double.MAX_VALUE;
    for (int seed = 1; seed <= seeds; seed++) {
      ServerSimulation server = new ServerSimulation(seed, contender, workers, 1);
      Tasks tasks = new Tasks(server, withUsers);
      server.arrivals(tasks::start);
      server.run(WARM_UP);
      tasks.begin();
      server.run(seconds);
      tasks.end();
      server.run(1);
      worst = Math.min(worst, (double) tasks.whole / tasks.started * OVERLOAD);
    }
    return worst;
  }

  private static final class Tasks {
    private final ServerSimulation server;
    private final boolean withUsers;
    private boolean scored;
    private long started;
    private long whole;

    private Tasks(ServerSimulation server, boolean withUsers) {
      this.server = server;
      this.withUsers = withUsers;
    }

    void begin() {
      scored = true;
    }

    void end() {
      scored = false;
    }

    void start() {
      String user = withUsers ? "user-" + server.random.nextInt(100_000) : null;
      boolean counts = scored;
      if (counts) {
        started++;
      }
      int[] good = new int[1];
      for (int call = 0; call < FAN_OUT; call++) {
        server.later(
            call * GAP_NANOS,
            () ->
                server.arrive(
                    Priority.DEFAULT,
                    user,
                    right -> {
                      good[0] += right ? 1 : 0;
                      if (counts && right && good[0] == FAN_OUT) {
                        whole++;
                      }
                    }));
      }
    }
  }
}
