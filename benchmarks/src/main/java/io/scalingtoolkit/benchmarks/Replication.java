// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.jmh.Rounds;
import io.scalingtoolkit.benchmarks.replication.DataSourceBenchmark;
import io.scalingtoolkit.benchmarks.replication.Peer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What read/write splitting costs above HikariCP, for the peers and for ours. Confined. */
@Command(
    name = "replication",
    description =
        "Cost of a DataSource that splits reads and writes, in nanoseconds above HikariCP, over a"
            + " driver that answers at once (JMH; paired differences over 5 forks).",
    mixinStandardHelpOptions = true)
final class Replication implements Callable<Integer> {
  static final String BASELINE = Peer.HIKARI.label();

  /** Ours; a row without a peer of that label has not been run. */
  private static final List<String> OURS = List.of("replication", "replicationScoped");

  private static final int MOST_FORKS = 20;

  /** Nanoseconds that ours may take above the baseline. */
  private static final Map<String, Double> LIMITS = limits();

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private Output output;

  @Option(
      names = "--quick",
      description =
          "One short fork of each pair that has a bar: a first impression, without spread.")
  private boolean quick;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Forks of each pair, 1 to 20 (default: 5).")
  private int forks = 5;

  @Override
  public Integer call() throws IOException {
    output.check();
    output.require(forks >= 1 && forks <= MOST_FORKS, "--rounds must be 1 to " + MOST_FORKS, forks);
    Rounds rounds =
        quick
            ? Rounds.quick(
                DataSourceBenchmark.class, Peer.labels(), String.join("|", LIMITS.keySet()))
            : Rounds.full(DataSourceBenchmark.class, Peer.labels(), forks);
    Path logs = output.logs();
    return output.publish(measure(rounds, logs));
  }

  private Report measure(Rounds rounds, Path logs) {
    double loadBefore = Machine.loadAverage();
    List<Comparison> comparisons;
    try {
      comparisons =
          Comparison.of(
              rounds.measure(
                  logs, round -> output.progress("round " + round + " of " + rounds.rounds())),
              BASELINE);
    } catch (RunnerException e) {
      throw new BenchmarkException("JMH stopped, see " + logs + ": " + e.getMessage(), e);
    }
    Map<String, String> facts = facts(rounds);
    facts.put(
        "load average",
        "%s before, %s after".formatted(Row.number(loadBefore), Row.number(Machine.loadAverage())));
    return new Report("replication", facts, rows(comparisons), List.of(), comparisons);
  }

  /** The bars of ours first, then what the peers and the operations without a bar came to. */
  static List<Row> rows(List<Comparison> comparisons) {
    List<Row> rows = new ArrayList<>();
    LIMITS.forEach(
        (operation, limit) -> {
          for (String peer : OURS) {
            Comparison found = find(comparisons, operation, peer);
            rows.add(
                Row.atMost(
                    operation + " " + peer,
                    found == null || found.difference() == null
                        ? null
                        : found.difference().median(),
                    "ns",
                    nanos(find(comparisons, operation, BASELINE)),
                    limit));
          }
        });
    for (Comparison each : comparisons) {
      String name = each.operation() + " " + each.peer();
      Double base = nanos(find(comparisons, each.operation(), BASELINE));
      if (each.difference() == null) {
        rows.add(Row.info(name, each.nanos(), "ns"));
      } else if (!OURS.contains(each.peer()) || !LIMITS.containsKey(each.operation())) {
        rows.add(new Row(name, each.difference().median(), "ns", base, null));
      }
    }
    return rows;
  }

  private static @Nullable Comparison find(
      List<Comparison> comparisons, String operation, String peer) {
    return comparisons.stream()
        .filter(each -> each.operation().equals(operation) && each.peer().equals(peer))
        .findFirst()
        .orElse(null);
  }

  private static @Nullable Double nanos(@Nullable Comparison comparison) {
    return comparison == null ? null : comparison.nanos();
  }

  private Map<String, String> facts(Rounds rounds) {
    Map<String, String> facts = output.facts();
    facts.put(
        "forks",
        "%d for each operation and peer, %d + %d iterations of %d ms, %s"
            .formatted(
                rounds.rounds(),
                rounds.warmUps(),
                rounds.iterations(),
                rounds.iterationMillis(),
                String.join(" ", Rounds.JVM_OPTIONS)));
    facts.put(
        "value", "median of the paired differences to " + BASELINE + ", whose rows are times");
    return facts;
  }

  private static Map<String, Double> limits() {
    Map<String, Double> limits = new LinkedHashMap<>();
    limits.put("getAndClose", 40.0);
    limits.put("autocommitRead", 90.0);
    limits.put("readOnlyTransaction", 150.0);
    return limits;
  }
}
