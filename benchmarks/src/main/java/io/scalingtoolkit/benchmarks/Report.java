// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static io.scalingtoolkit.benchmarks.Measurements.millis;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.AbstractHistogram;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The outcome of one run: its settings, one row a bar, and what is behind the rows. Immutable.
 *
 * @param facts settings and machine in the order in which they are told
 * @param curve a load over time; empty when there was none
 * @param comparisons with peers; empty when there were none
 */
record Report(
    String part,
    Map<String, String> facts,
    List<Row> rows,
    List<Window> curve,
    List<Comparison> comparisons) {
  private static final String LINE = "| %-22s | %10s | %-5s | %8s | %6s | %8s | %-7s |%n";
  private static final int NAME_WIDTH = 22;

  Report {
    rows = List.copyOf(rows);
    curve = List.copyOf(curve);
    comparisons = List.copyOf(comparisons);
  }

  /** The exit code that the rows stand for. */
  int exitCode() {
    return rows.stream().anyMatch(row -> row.verdict() == Row.Verdict.SHORT)
        ? Bench.EXIT_SHORT
        : Bench.EXIT_OK;
  }

  void print(PrintWriter out) {
    facts.forEach((name, value) -> out.printf("%s: %s%n", name, value));
    out.println();
    int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
    String line = LINE.replace("-22s", "-" + Math.max(NAME_WIDTH, width) + "s");
    out.printf(line, "bar", "value", "unit", "baseline", "ratio", "limit", "verdict");
    out.printf(line, "---", "---:", "---", "---:", "---:", "---:", "---");
    for (Row row : rows) {
      String limit = row.limit() == null ? "-" : row.limit().toString();
      out.printf(
          line,
          row.name(),
          Row.number(row.value()),
          row.unit(),
          Row.number(row.baseline()),
          Row.number(row.ratio()),
          limit,
          row.verdict());
    }
    printCurve(out);
    printComparisons(out);
    out.flush();
  }

  private void printCurve(PrintWriter out) {
    if (curve.isEmpty()) {
      return;
    }
    out.println();
    out.println("| from s | requests | errors | p50 ms | p95 ms | max ms |");
    out.println("| ---: | ---: | ---: | ---: | ---: | ---: |");
    for (Window window : curve) {
      out.printf(
          "| %d | %d | %d | %s | %s | %s |%n",
          window.fromSecond(),
          window.requests(),
          window.errors(),
          Row.number(window.p50()),
          Row.number(window.p95()),
          Row.number(window.max()));
    }
  }

  private void printComparisons(PrintWriter out) {
    if (comparisons.isEmpty()) {
      return;
    }
    out.println();
    out.println(
        "| operation | peer | ns/op | median difference | least | most | mean ns/op | B/op |");
    out.println("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (Comparison each : comparisons) {
      Comparison.Difference difference = each.difference();
      out.printf(
          "| %s | %s | %s | %s | %s | %s | %s | %s |%n",
          each.operation(),
          each.peer(),
          Row.number(each.nanos()),
          Row.number(difference == null ? null : difference.median()),
          Row.number(difference == null ? null : difference.least()),
          Row.number(difference == null ? null : difference.most()),
          Row.number(each.mean()),
          Row.number(each.bytes()));
    }
  }

  /** The same rows and curve as JSON. */
  String json() {
    JsonMapper mapper = new JsonMapper();
    ObjectNode root = mapper.createObjectNode().put("part", part);
    facts.forEach(root.putObject("facts")::put);
    ArrayNode list = root.putArray("rows");
    for (Row row : rows) {
      ObjectNode node = list.addObject().put("bar", row.name()).put("value", row.value());
      node.put("unit", row.unit()).put("baseline", row.baseline()).put("ratio", row.ratio());
      node.put("limit", row.limit() == null ? null : row.limit().toString());
      node.put("verdict", row.verdict().toString());
    }
    ArrayNode windows = root.putArray("curve");
    for (Window window : curve) {
      ObjectNode node = windows.addObject().put("fromSecond", window.fromSecond());
      node.put("requests", window.requests()).put("errors", window.errors());
      node.put("p50", window.p50()).put("p95", window.p95()).put("max", window.max());
    }
    ArrayNode peers = root.putArray("comparisons");
    for (Comparison each : comparisons) {
      ObjectNode node = peers.addObject().put("operation", each.operation());
      node.put("peer", each.peer()).put("nanos", each.nanos());
      node.put("mean", each.mean()).put("bytes", each.bytes());
      Comparison.Difference difference = each.difference();
      if (difference != null) {
        node.put("median", difference.median()).put("least", difference.least());
        node.put("most", difference.most());
      }
    }
    return root.toPrettyString() + "\n";
  }

  /** True for a file that {@link #writeJson} can write, as far as one can tell before. */
  static boolean isWritable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return folder != null && Files.isWritable(folder) && !Files.isDirectory(file);
  }

  void writeJson(Path file) {
    try {
      Files.writeString(file, json());
    } catch (IOException e) {
      throw new BenchmarkException("cannot write " + file + ": " + e, e);
    }
  }

  /** The curve of a load. */
  static List<Window> curve(Measurements measurements, int windowSeconds) {
    List<Window> curve = new ArrayList<>();
    for (int i = 0; i < measurements.windows(); i++) {
      AbstractHistogram window = measurements.window(i);
      curve.add(
          new Window(
              i * windowSeconds,
              window.getTotalCount(),
              measurements.windowErrors(i),
              millis(window, 50),
              millis(window, 95),
              millis(window, 100)));
    }
    return curve;
  }

  /** A stretch of the run; latencies in milliseconds. */
  record Window(int fromSecond, long requests, long errors, double p50, double p95, double max) {}
}
