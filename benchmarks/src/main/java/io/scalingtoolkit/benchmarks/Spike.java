// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static io.scalingtoolkit.benchmarks.Measurements.millis;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The sample application at several times what it can answer, with protection and without. */
@Command(
    name = "spike",
    description =
        "Open-loop load on the sample application at several times its measured capacity, with"
            + " adaptive admission and without it. The server and the driver have a core each.",
    mixinStandardHelpOptions = true)
final class Spike implements Callable<Integer> {
  private static final int UNDER_WAY = 16;
  private static final int USERS = 50;
  private static final int ITEMS = 500;
  private static final int CRITICAL_EVERY = 50;
  private static final int WINDOW_SECONDS = 5;

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private Output output;

  @Option(
      names = "--factor",
      paramLabel = "N",
      description = "Times the capacity, 2 to 10 (default: 5).")
  private int factor = 5;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Length of a load, 10 to 120 (default: 60).")
  private int seconds = 60;

  @Option(names = "--seed", paramLabel = "S", description = "Decides the load (default: 1).")
  private long seed = 1;

  @Override
  public Integer call() throws IOException, InterruptedException {
    output.require(factor >= 2 && factor <= 10, "--factor must be 2 to 10", factor);
    output.require(seconds >= 10 && seconds <= 120, "--seconds must be 10 to 120", seconds);
    output.check();
    Cores.keepOwnProcessOn(1);
    output.progress("without protection");
    Run bare = measure(false, null);
    output.progress("with protection");
    Run guarded = measure(true, bare.capacity());
    Report report = report(bare, guarded);
    return output.publish(report);
  }

  /** A server under the load. */
  private record Run(double capacity, Flood.Outcome outcome, List<Row> use) {}

  private Run measure(boolean admission, @Nullable Double known)
      throws IOException, InterruptedException {
    Path jar = output.application();
    try (ServerProcess server = ServerProcess.start(jar, Map.of(), admission);
        SampleApi api =
            SampleApi.ofNewUsers(server.url(), Duration.ofMillis(Flood.PATIENCE_MILLIS))) {
      server.keepOn(0);
      api.seed(USERS, ITEMS);
      Flood flood = new Flood(api);
      Schedule order = Schedule.of(1_000, 20, ITEMS, ~seed);
      flood.closedLoop(UNDER_WAY, 20, order);
      double own = flood.closedLoop(UNDER_WAY, 10, order);
      double capacity = known == null ? own : known;
      output.progress("  capacity %.0f requests/s".formatted(own));
      int rate = (int) Math.round(capacity * factor);
      Schedule schedule = Schedule.of(rate, seconds, ITEMS, seed);
      ProcessorUse use = new ProcessorUse(server);
      long start = System.nanoTime();
      Flood.Outcome outcome = flood.openLoop(schedule, seconds, CRITICAL_EVERY);
      List<Row> used = use.rows((System.nanoTime() - start) / 1e9);
      long late = outcome.lateness.getValueAtPercentile(99);
      if (late > OpenLoop.MOST_LATE_NANOS) {
        throw new BenchmarkException(
            "the run is void: the driver is saturated, 1 in 100 requests started %s ms late or more"
                .formatted(Row.number(millis(outcome.lateness, 99))));
      }
      return new Run(own, outcome, used);
    }
  }

  private Report report(Run bare, Run guarded) {
    Flood.Outcome held = guarded.outcome();
    double capacity = bare.capacity();
    List<Row> rows = new ArrayList<>();
    rows.add(Row.info("capacity", capacity, "req/s"));
    rows.add(Row.atLeast("goodput / capacity", held.goodput() / capacity, "x", null, 0.90));
    rows.add(Row.atLeast("critical answered", held.criticalPercent(), "%", null, 99));
    rows.add(Row.below("p95 of admitted", millis(held.admitted, 95), "ms", null, 200));
    rows.add(Row.info("p99 of admitted", millis(held.admitted, 99), "ms"));
    rows.add(Row.info("p95 of refusals", millis(held.refused, 95), "ms"));
    rows.add(Row.info("shed", (double) held.shed.sum(), "count"));
    rows.add(Row.info("failed", (double) held.failed.sum(), "count"));
    rows.add(Row.info("answered too late", (double) held.late.sum(), "count"));
    rows.add(Row.info("driver lateness p99", millis(held.lateness, 99), "ms"));
    rows.addAll(guarded.use());
    Flood.Outcome lost = bare.outcome();
    rows.add(Row.info("bare: goodput / capacity", lost.goodput() / capacity, "x"));
    rows.add(Row.info("bare: critical answered", lost.criticalPercent(), "%"));
    rows.add(Row.info("bare: p95 of answers", millis(lost.admitted, 95), "ms"));
    rows.add(Row.info("bare: failed", (double) lost.failed.sum(), "count"));
    for (int from = 0; from < seconds; from += WINDOW_SECONDS) {
      rows.add(Row.info("useful/s from %d s".formatted(from), useful(held, from), "req/s"));
      rows.add(Row.info("useful/s from %d s, bare".formatted(from), useful(lost, from), "req/s"));
    }
    return new Report("spike", facts(capacity), rows, List.of(), List.of());
  }

  private double useful(Flood.Outcome outcome, int from) {
    int until = Math.min(from + WINDOW_SECONDS, seconds);
    double sum = 0;
    for (int i = from; i < until; i++) {
      sum += outcome.usefulBySecond[i].get();
    }
    return sum / (until - from);
  }

  private Map<String, String> facts(double capacity) {
    Map<String, String> facts = output.facts();
    facts.put("server", "packaged jar, " + String.join(" ", ServerProcess.JVM_OPTIONS));
    facts.put("cores", Cores.description());
    facts.put(
        "load",
        "%.0f requests/s for %d s, one in %d renews a session; seed %d, %d users, %d items"
            .formatted(capacity * factor, seconds, CRITICAL_EVERY, seed, USERS, ITEMS));
    facts.put("capacity", UNDER_WAY + " requests under way all the time, 10 s, without protection");
    facts.put("useful", "answered rightly within " + Flood.PATIENCE_MILLIS + " ms");
    return facts;
  }
}
