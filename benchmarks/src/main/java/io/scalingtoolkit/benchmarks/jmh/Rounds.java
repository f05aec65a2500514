// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.jmh;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs a benchmark that has a JMH parameter called peer in rounds. A round forks one JVM for each
 * operation and peer, the peers of an operation right after each other, so that the members of a
 * pair saw the machine in about the same state; each round starts with another peer. Immutable.
 *
 * @param benchmark the class with the operations
 * @param peers labels by the value of the parameter, in the order of the first round
 * @param operations regular expression that the methods of the benchmark must match
 * @param rounds 1 or more
 * @param warmUps iterations of a fork that do not count
 * @param iterations iterations of a fork that count
 * @param iterationMillis length of either
 */
public record Rounds(
    Class<?> benchmark,
    Map<String, String> peers,
    String operations,
    int rounds,
    int warmUps,
    int iterations,
    int iterationMillis) {
  /** JVM options of the forks. */
  public static final List<String> JVM_OPTIONS = List.of("-Xms1g", "-Xmx1g", "-XX:+UseG1GC");

  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /** Keeps the peers in their order. */
  public Rounds {
    peers = Collections.unmodifiableMap(new LinkedHashMap<>(peers));
  }

  /** So many forks of each pair, about 10 seconds each. */
  public static Rounds full(Class<?> benchmark, Map<String, String> peers, int rounds) {
    return new Rounds(benchmark, peers, ".*", rounds, 5, 5, 1_000);
  }

  /** One short fork of each pair. */
  public static Rounds quick(Class<?> benchmark, Map<String, String> peers, String operations) {
    return new Rounds(benchmark, peers, operations, 1, 2, 3, 400);
  }

  /**
   * Measures every peer.
   *
   * @param logs an existing folder that gets what JMH prints, one file a round
   * @param started told the number of each round, from 1, when it starts
   * @throws RunnerException if a fork failed, or another JMH is running on this machine
   */
  public List<Sample> measure(Path logs, IntConsumer started) throws RunnerException {
    List<Sample> samples = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      started.accept(round + 1);
      Path log = logs.resolve(benchmark.getSimpleName() + "-" + (round + 1) + ".log");
      for (RunResult result : new Runner(options(round, log)).run()) {
        samples.add(sample(round, result));
      }
    }
    return samples;
  }

  private Options options(int round, Path log) {
    List<String> order = new ArrayList<>(peers.keySet());
    Collections.rotate(order, -round);
    TimeValue time = TimeValue.milliseconds(iterationMillis);
    return new OptionsBuilder()
        .include("\\b" + benchmark.getSimpleName() + "\\.(" + operations + ")$")
        .param("peer", order.toArray(String[]::new))
        .forks(1)
        .jvmArgs(JVM_OPTIONS.toArray(String[]::new))
        .warmupIterations(warmUps)
        .warmupTime(time)
        .measurementIterations(iterations)
        .measurementTime(time)
        .addProfiler(GCProfiler.class)
        .shouldFailOnError(true)
        .output(log.toString())
        .build();
  }

  private Sample sample(int round, RunResult result) {
    String method = result.getParams().getBenchmark();
    String peer = result.getParams().getParam("peer");
    return new Sample(
        method.substring(method.lastIndexOf('.') + 1),
        peers.getOrDefault(peer, peer),
        round,
        result.getPrimaryResult().getStatistics().getPercentile(50),
        result.getPrimaryResult().getScore(),
        allocated(result.getSecondaryResults().values()));
  }

  @SuppressWarnings("rawtypes") // as JMH has it
  private static double allocated(Collection<Result> secondary) {
    return secondary.stream()
        .filter(result -> result.getLabel().endsWith(ALLOCATED))
        .mapToDouble(Result::getScore)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("JMH reports no " + ALLOCATED));
  }

  /**
   * What one fork came to.
   *
   * @param operation method of the benchmark
   * @param peer label
   * @param nanos per operation, median of the samples: pauses of the collector and turns of other
   *     processes are not in it
   * @param mean per operation in nanoseconds, with all of them
   * @param bytes allocated per operation
   */
  public record Sample(
      String operation, String peer, int round, double nanos, double mean, double bytes) {}
}
