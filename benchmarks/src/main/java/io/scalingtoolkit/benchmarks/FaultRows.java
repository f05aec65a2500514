// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static io.scalingtoolkit.benchmarks.Measurements.millis;

import io.scalingtoolkit.benchmarks.Measurements.Sample;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * The rows of a load with faults. A request belongs to the windows in which it was meant to start.
 */
final class FaultRows {
  private FaultRows() {}

  /**
   * The bar outside all windows, then what was felt in each.
   *
   * @param floor what an answer without any work costs, in milliseconds
   * @param limitMillis what the 95th percentile outside the windows must stay under
   */
  static List<Row> of(
      List<Sample> samples, List<FaultWindow> windows, double floor, double limitMillis) {
    Part outside = new Part();
    samples.stream()
        .filter(sample -> windows.stream().noneMatch(at -> at.contains(sample.offsetNanos())))
        .forEach(outside::add);
    List<Row> rows = new ArrayList<>();
    rows.add(
        Row.below(
            "p95 outside the windows", millis(outside.latencies, 95), "ms", floor, limitMillis));
    rows.add(Row.info("p99 outside the windows", millis(outside.latencies, 99), "ms"));
    rows.add(Row.info("max outside the windows", millis(outside.latencies, 100), "ms"));
    rows.add(Row.info("requests outside", (double) outside.latencies.getTotalCount(), "count"));
    for (FaultWindow window : windows) {
      Part inside = new Part();
      samples.stream().filter(sample -> window.contains(sample.offsetNanos())).forEach(inside::add);
      String name = window.name() + ": ";
      rows.add(Row.info(name + "from", window.fromNanos() / 1e9, "s"));
      rows.add(Row.info(name + "until", window.untilNanos() / 1e9, "s"));
      rows.add(Row.info(name + "p95", millis(inside.latencies, 95), "ms"));
      rows.add(Row.info(name + "max", millis(inside.latencies, 100), "ms"));
      rows.add(Row.info(name + "errors", (double) inside.errors, "count"));
    }
    return rows;
  }

  private static final class Part {
    private final Histogram latencies = new Histogram(Measurements.histogram());
    private long errors;

    void add(Sample sample) {
      latencies.recordValue(sample.latencyNanos());
      if (!sample.right()) {
        errors++;
      }
    }
  }
}
