// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.limits.OutageRun;
import io.scalingtoolkit.benchmarks.limits.OutageRun.Fault;
import io.scalingtoolkit.core.ratelimit.redis.RedisRateLimiters.Mode;
import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Limits shared through a Redis that is in trouble. Confined. */
@Command(
    name = "outage",
    description =
        "Four processes share a limit through Redis while it is frozen, killed, slow, cut off,"
            + " loses its scripts, fails over or moves the slot of the key.",
    mixinStandardHelpOptions = true)
final class Outage implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init")
  private Output output;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description =
          "Length of the stretch before, during and after a fault, 2 to 60 (default: 10).")
  private int seconds = 10;

  @Option(
      names = "--timeout",
      paramLabel = "MS",
      description = "How long a call may wait for Redis, 1 to 1000 (default: 20).")
  private int timeout = 20;

  @Override
  public Integer call() throws IOException, InterruptedException {
    output.require(seconds >= 2 && seconds <= 60, "--seconds must be 2 to 60", seconds);
    output.require(timeout >= 1 && timeout <= 1_000, "--timeout must be 1 to 1000", timeout);
    output.check();
    Path log = output.logs().resolve("outage.log");
    List<Row> rows = new ArrayList<>();
    for (Mode mode : Mode.values()) {
      for (Fault fault : Fault.values()) {
        String name = mode.name().toLowerCase(Locale.ROOT) + ", " + fault.label();
        output.progress(name);
        try {
          addRows(
              rows,
              name,
              fault,
              OutageRun.measure(fault, mode, seconds, Duration.ofMillis(timeout), log));
        } catch (BenchmarkException | EngineException e) {
          output.progress("  does not count: " + e.getMessage());
          rows.add(Row.atMost(name, null, "-", null, 0));
        }
      }
    }
    Map<String, String> facts = output.facts();
    facts.put("load", OutageRun.description());
    facts.put("load average", Row.number(Machine.loadAverage()) + " at the end");
    return output.publish(new Report("outage", facts, rows, List.of(), List.of()));
  }

  private void addRows(List<Row> rows, String name, Fault fault, OutageRun run) {
    rows.add(Row.atMost(name + ": exceptions", (double) run.thrown(), "count", null, 0));
    rows.add(Row.atMost(name + ": added p99", run.addedP99Millis(), "ms", null, 1));
    rows.add(Row.atMost(name + ": slowest call", run.slowestMillis(), "ms", null, timeout));
    rows.add(Row.atMost(name + ": admitted / limit", run.admitted(), "x", null, 1.1));
    rows.add(Row.atLeast(name + ": admitted / limit", run.admitted(), "x", null, 0.9));
    rows.add(Row.info(name + ": admitted / limit, fault", run.admittedDuring(), "x"));
    if (fault.isOutage()) {
      rows.add(Row.atMost(name + ": recovery", run.recoverySeconds(), "s", null, 2));
    }
  }
}
