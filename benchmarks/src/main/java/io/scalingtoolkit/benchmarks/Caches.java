// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.cache.CachePeer;
import io.scalingtoolkit.benchmarks.cache.EntrySpace;
import io.scalingtoolkit.benchmarks.cache.HitBenchmark;
import io.scalingtoolkit.benchmarks.jmh.Rounds;
import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
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

/** What hits in memory and in Redis cost and what entries take, for the peers and for ours. */
@Command(
    name = "cache",
    description =
        "Caches. In memory: a hit with one thread and with all cores, with and without metrics, and"
            + " the bytes of an entry, beside Caffeine itself, Spring's cache over it and JetCache"
            + " (JMH; ratios within a round). In Redis: a hit, and the round trips of a miss and of"
            + " an invalidation, beside Lettuce itself, Spring Data Redis, JetCache and Redisson.",
    mixinStandardHelpOptions = true)
final class Caches implements Callable<Integer> {
  private static final int MOST_FORKS = 20;
  private static final double SECONDS = 3;
  private static final double SECONDS_OF_QUICK = 0.5;

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private Output output;

  @Option(names = "--quick", description = "One short fork of each: a first impression.")
  private boolean quick;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Forks of each operation and peer, 1 to 20 (default: 5).")
  private int forks = 5;

  @Override
  public Integer call() throws IOException {
    output.check();
    output.require(forks >= 1 && forks <= MOST_FORKS, "--rounds must be 1 to " + MOST_FORKS, forks);
    return output.publish(measure());
  }

  private Report measure() throws IOException {
    Path logs = output.logs();
    double loadBefore = Machine.loadAverage();
    List<Sample> samples = hits(logs);
    List<Row> rows = new ArrayList<>(CacheRows.cost(samples));
    output.progress("a million entries");
    rows.addAll(CacheRows.space(EntrySpace.measure(logs.resolve("entry-space.log"))));
    SharedCacheRows shared =
        new SharedCacheRows(
            quick ? 1 : forks, quick ? SECONDS_OF_QUICK : SECONDS, output::progress);
    rows.addAll(shared.measure());
    Map<String, String> facts = output.facts();
    facts.put("ratios", "median over the rounds, each between forks of the same round");
    facts.put(
        "load average",
        "%s before, %s after".formatted(Row.number(loadBefore), Row.number(Machine.loadAverage())));
    return new Report(
        "cache", facts, rows, List.of(), Comparison.of(samples, CachePeer.CAFFEINE.label()));
  }

  private List<Sample> hits(Path logs) {
    Map<String, String> peers = CachePeer.labels();
    Rounds rounds =
        quick
            ? Rounds.quick(HitBenchmark.class, peers, ".*")
            : Rounds.full(HitBenchmark.class, peers, forks);
    try {
      return rounds.measure(
          logs, round -> output.progress("hits: round %d of %d".formatted(round, rounds.rounds())));
    } catch (RunnerException e) {
      throw new BenchmarkException("JMH stopped, see " + logs + ": " + e.getMessage(), e);
    }
  }
}
