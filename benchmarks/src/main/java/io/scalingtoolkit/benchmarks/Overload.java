// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.overload.AdmissionCost;
import io.scalingtoolkit.benchmarks.overload.Admissions;
import io.scalingtoolkit.benchmarks.overload.Contender;
import io.scalingtoolkit.benchmarks.overload.SecondAttempts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is left of a server under overload, behind our limiter and behind its peers. Confined. */
@Command(
    name = "overload",
    description =
        "Goodput under overload with adaptive limiters, in virtual time; retries into an outage,"
            + " hedges past slow calls, and the cost of a decision (JMH).",
    mixinStandardHelpOptions = true)
final class Overload implements Callable<Integer> {
  private static final int[] WORKERS = {4, 16, 64};
  private static final double[] LOADS = {0.8, 1.2, 5};
  private static final int FULL_SEEDS = 5;
  private static final int FULL_SECONDS = 50;
  private static final int QUICK_SEEDS = 2;
  private static final int QUICK_SECONDS = 20;

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private Output output;

  @Option(
      names = "--quick",
      description = "Two seeds and 20 s for each cell, and one short fork: a first impression.")
  private boolean quick;

  @Override
  public Integer call() throws IOException {
    output.check();
    Path logs = output.logs();
    List<Row> rows = new ArrayList<>();
    Admissions runs =
        quick
            ? new Admissions(QUICK_SEEDS, QUICK_SECONDS)
            : new Admissions(FULL_SEEDS, FULL_SECONDS);
    addGrid(rows, runs);
    addPriorities(rows, runs);
    addSecondAttempts(rows);
    addCosts(rows, logs);
    Report report = new Report("overload", facts(runs), rows, List.of(), List.of());
    return output.publish(report);
  }

  private void addGrid(List<Row> rows, Admissions runs) {
    List<Row> peers = new ArrayList<>();
    for (int workers : WORKERS) {
      for (double load : LOADS) {
        String cell = "c=%d %s".formatted(workers, times(load));
        output.progress("A1 " + cell);
        double best = 0;
        for (Contender peer : Contender.values()) {
          if (peer != Contender.OURS) {
            double goodput = runs.cell(peer, workers, load).goodput();
            peers.add(Row.info("   goodput " + cell + " " + peer.label(), goodput, "part"));
            best = Math.max(best, goodput);
          }
        }
        Admissions.Cell ours = runs.cell(Contender.OURS, workers, load);
        rows.add(Row.atLeast("A1 goodput " + cell, ours.goodput(), "part", best, 0.95));
        addOthers(rows, cell, load, ours);
      }
    }
    for (double load : LOADS) {
      output.progress("A1 c=256 and c=2 " + load);
      String factor = times(load);
      Admissions.Cell large = runs.cell(Contender.OURS, 256, load);
      rows.add(Row.atLeast("A1 goodput c=256 " + factor, large.goodput(), "part", null, 0.95));
      addOthers(rows, "c=256 " + factor, load, large);
      Admissions.Cell small = runs.cell(Contender.OURS, 2, load);
      rows.add(Row.atLeast("A1 goodput c=2 " + factor, small.goodput(), "part", null, 0.9));
    }
    for (int workers : new int[] {16, 64}) {
      output.progress("A1 capacity changes, c=" + workers);
      rows.add(
          Row.atLeast(
              "A1 5 s after halving, c=" + workers,
              runs.afterChange(Contender.OURS, workers, workers / 2),
              "part",
              null,
              0.95));
      rows.add(
          Row.atLeast(
              "A1 5 s after doubling, c=" + workers,
              runs.afterChange(Contender.OURS, workers, 2 * workers),
              "part",
              null,
              0.95));
    }
    rows.addAll(peers);
  }

  private static String times(double load) {
    return (load == Math.rint(load) ? Integer.toString((int) load) : Double.toString(load)) + "x";
  }

  private static void addOthers(List<Row> rows, String cell, double load, Admissions.Cell ours) {
    if (load < 1) {
      rows.add(Row.atMost("A1 false rejects " + cell, ours.rejected(), "part", null, 0.01));
    }
    rows.add(Row.atMost("A1 p99 " + cell, ours.p99Millis(), "ms", null, 200));
  }

  private void addPriorities(List<Row> rows, Admissions runs) {
    for (int workers : WORKERS) {
      output.progress("A2 c=" + workers);
      for (boolean users : new boolean[] {false, true}) {
        rows.add(
            Row.atLeast(
                "A2 critical c=" + workers + (users ? " with users" : ""),
                runs.critical(Contender.OURS, workers, users),
                "part",
                runs.critical(Contender.GRADIENT2, workers, users),
                0.99));
      }
    }
    for (int workers : WORKERS) {
      rows.add(
          Row.atLeast(
              "A2 fan-out of 5, c=" + workers,
              runs.fanOut(Contender.OURS, workers, true),
              "part",
              runs.fanOut(Contender.OURS, workers, false),
              0.9));
    }
  }

  private void addSecondAttempts(List<Row> rows) {
    output.progress("A3, A4");
    SecondAttempts.Outage with = SecondAttempts.outage(1, true);
    SecondAttempts.Outage without = SecondAttempts.outage(1, false);
    rows.add(Row.atMost("A3 load in the outage", with.load(), "times", without.load(), 1.1));
    rows.add(
        Row.atMost(
            "A3 normal again after",
            with.recoverySeconds(),
            "s",
            Double.isInfinite(without.recoverySeconds()) ? null : without.recoverySeconds(),
            5));
    rows.add(Row.info("   answered 20-30 s after, budget", with.goodputAtEnd(), "part"));
    rows.add(Row.info("   answered 20-30 s after, none", without.goodputAtEnd(), "part"));
    int seconds = quick ? 60 : 300;
    SecondAttempts.Hedged hedged = SecondAttempts.slowCalls(1, seconds, true);
    SecondAttempts.Hedged plain = SecondAttempts.slowCalls(1, seconds, false);
    rows.add(Row.info("   p99.9 without hedges", plain.p999Millis(), "ms"));
    rows.add(
        Row.atLeast(
            "A4 p99.9 without / with hedges",
            plain.p999Millis() / hedged.p999Millis(),
            "times",
            null,
            5));
    rows.add(Row.atMost("A4 hedges per call", hedged.extra(), "part", null, 0.05));
  }

  private void addCosts(List<Row> rows, Path logs) {
    output.progress("A6");
    Map<String, Double> nanos;
    try {
      nanos = AdmissionCost.measure(quick, logs.resolve("overload-jmh.log"));
    } catch (RunnerException e) {
      throw new BenchmarkException("JMH stopped, see " + logs + ": " + e.getMessage(), e);
    }
    rows.add(
        Row.atMost(
            "A6 admit and close",
            nanos.get("accept ours"),
            "ns",
            nanos.get("accept gradient2"),
            1_000));
    rows.add(
        Row.atMost(
            "A6 reject", nanos.get("reject ours"), "ns", nanos.get("reject gradient2"), 500));
  }

  private Map<String, String> facts(Admissions runs) {
    Map<String, String> facts = output.facts();
    facts.put(
        "simulation",
        "%d seeds, %d s after 10 s; c workers, log-normal service of mean 20 ms and sigma 1,"
                .formatted(runs.seeds(), runs.seconds())
            + " deadline 200 ms, Poisson arrivals");
    facts.put(
        "value",
        "goodput is the worst seed, as a part of what was possible; baseline is the best peer,"
            + " for A2 gradient2 and calls without a user, for A3 no budget, for A6 SimpleLimiter");
    facts.put("peers", "Netflix concurrency-limits 0.5.3, defaults");
    return facts;
  }
}
