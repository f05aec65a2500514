// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.jmh.Rounds;
import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import io.scalingtoolkit.benchmarks.limits.BandwidthsBenchmark;
import io.scalingtoolkit.benchmarks.limits.GrantedWindows;
import io.scalingtoolkit.benchmarks.limits.KeySpace;
import io.scalingtoolkit.benchmarks.limits.LimiterBenchmark;
import io.scalingtoolkit.benchmarks.limits.LocalPeer;
import io.scalingtoolkit.benchmarks.limits.RateError;
import io.scalingtoolkit.benchmarks.limits.Replay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What rate limiters cost and what they admit, for the peers and for ours. Confined. */
@Command(
    name = "limits",
    description =
        "Rate limiters: cost of a decision beside Guava, Bucket4j and Resilience4j (JMH; ratios"
            + " within a round), what they admit under load, a million keys, rates in the long run,"
            + " and limits in Redis beside Bucket4j and Redisson. Or plays a file of events through a limiter.",
    mixinStandardHelpOptions = true)
final class Limits implements Callable<Integer> {
  private static final int MOST_FORKS = 20;
  private static final int THREADS = 8;
  private static final double SECONDS = 10;
  private static final double STORE_SECONDS = 4;

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

  @Option(
      names = "--replay",
      paramLabel = "FILE",
      description =
          "Measure nothing; play the events of FILE through a limiter on a clock of its own and"
              + " print a decision for each request, one JSON object a line.")
  private @Nullable Path replay;

  @Override
  public Integer call() throws Exception {
    if (replay != null) {
      return play(replay);
    }
    output.check();
    output.require(forks >= 1 && forks <= MOST_FORKS, "--rounds must be 1 to " + MOST_FORKS, forks);
    return output.publish(measure());
  }

  private int play(Path file) {
    output.require(
        Files.isRegularFile(file) && Files.isReadable(file),
        "--replay must name a file that can be read",
        file);
    try {
      Replay.read(file).run(output.out());
      return Bench.EXIT_OK;
    } catch (BenchmarkException e) {
      throw output.refusal("--replay: " + e.getMessage(), e);
    }
  }

  private Report measure() throws IOException, InterruptedException {
    Path logs = output.logs();
    double loadBefore = Machine.loadAverage();
    List<Sample> samples = new ArrayList<>();
    List<Sample> bandwidths;
    try {
      samples.addAll(run(LimiterBenchmark.class, LocalPeer.labels(), logs));
      bandwidths = run(BandwidthsBenchmark.class, LocalPeer.withSeveralBandwidths(), logs);
    } catch (RunnerException e) {
      throw new BenchmarkException("JMH stopped, see " + logs + ": " + e.getMessage(), e);
    }
    List<Row> rows = new ArrayList<>(LimitRows.cost(samples, bandwidths));
    output.progress("what is admitted under load");
    for (LocalPeer peer : LocalPeer.values()) {
      rows.addAll(
          LimitRows.granted(
              peer, GrantedWindows.measure(peer.thousandASecond(), THREADS, seconds())));
    }
    output.progress("a million keys");
    rows.addAll(LimitRows.keys(KeySpace.measure(logs.resolve("key-space.log"))));
    rows.add(Row.below("L5 rate missing", RateError.worst() * 1e6, "ppm", null, 1));
    rows.addAll(
        new StoreRows(quick ? 1 : forks, quick ? 2 : STORE_SECONDS, output::progress).measure());
    samples.addAll(bandwidths);
    List<Comparison> comparisons =
        Comparison.of(
            samples.stream().filter(each -> LimitRows.hasBaseline(samples, each)).toList(),
            LocalPeer.GUAVA.label());
    Map<String, String> facts = facts();
    facts.put(
        "load average",
        "%s before, %s after".formatted(Row.number(loadBefore), Row.number(Machine.loadAverage())));
    return new Report("limits", facts, rows, List.of(), comparisons);
  }

  private double seconds() {
    return quick ? 2 : SECONDS;
  }

  private List<Sample> run(Class<?> benchmark, Map<String, String> peers, Path logs)
      throws RunnerException {
    Rounds rounds =
        quick ? Rounds.quick(benchmark, peers, ".*") : Rounds.full(benchmark, peers, forks);
    return rounds.measure(
        logs,
        round ->
            output.progress(
                "%s: round %d of %d".formatted(benchmark.getSimpleName(), round, rounds.rounds())));
  }

  private Map<String, String> facts() {
    Map<String, String> facts = output.facts();
    facts.put("ratios", "median over the rounds, each between forks of the same round");
    return facts;
  }
}
