// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.overload;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs {@link AdmissionBenchmark}. */
public final class AdmissionCost {
  private AdmissionCost() {}

  /**
   * Measures every contender.
   *
   * @param log file that gets what JMH prints
   * @return nanoseconds by operation and contender, such as {@code "reject ours"}
   * @throws RunnerException if a fork failed, or another JMH is running on this machine
   */
  public static Map<String, Double> measure(boolean quick, Path log) throws RunnerException {
    TimeValue time = TimeValue.milliseconds(quick ? 300 : 1_000);
    Options options =
        new OptionsBuilder()
            .include("\\b" + AdmissionBenchmark.class.getSimpleName() + "\\.")
            .forks(quick ? 1 : 3)
            .jvmArgs("-Xms512m", "-Xmx512m")
            .warmupIterations(quick ? 2 : 5)
            .warmupTime(time)
            .measurementIterations(quick ? 3 : 5)
            .measurementTime(time)
            .shouldFailOnError(true)
            .output(log.toString())
            .build();
    Map<String, Double> nanos = new LinkedHashMap<>();
    for (RunResult result : new Runner(options).run()) {
      String benchmark = result.getParams().getBenchmark();
      Contender contender = Contender.valueOf(result.getParams().getParam("contender"));
      nanos.put(
          benchmark.substring(benchmark.lastIndexOf('.') + 1) + " " + contender.label(),
          result.getPrimaryResult().getStatistics().getPercentile(50));
    }
    return nanos;
  }
}
