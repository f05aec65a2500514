// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.PairedSamples.Run;
import io.scalingtoolkit.benchmarks.cache.CachePeer;
import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The bars of a cache in memory. */
final class CacheRows {
  private static final double MOST_TIMES_CAFFEINE = 1.3;
  private static final double MOST_NANOS_OF_METRICS = 15;
  private static final double MOST_BYTES_ABOVE_CAFFEINE = 48;

  /** None, but for what JMH itself and Caffeine's maintenance allocate meanwhile. */
  private static final double NO_BYTES = 0.5;

  private CacheRows() {}

  static List<Row> cost(List<Sample> samples) {
    PairedSamples paired = new PairedSamples(samples);
    Run hit = ours("hit");
    return List.of(
        Row.atMost(
            "L1 hit / caffeine, 1 thread",
            paired.ratio(hit, caffeine("hit")),
            "x",
            null,
            MOST_TIMES_CAFFEINE),
        Row.atMost(
            "L1 hit / caffeine, all cores",
            paired.ratio(ours("allCores"), caffeine("allCores")),
            "x",
            null,
            MOST_TIMES_CAFFEINE),
        Row.atMost(
            "L1 hit allocates", paired.bytes(hit), "B/op", paired.bytes(caffeine("hit")), NO_BYTES),
        Row.atMost(
            "L1 metrics cost, 1 thread",
            paired.difference(ours("hitWithMetrics"), hit),
            "ns",
            null,
            MOST_NANOS_OF_METRICS),
        Row.atMost(
            "L1 metrics cost, all cores",
            paired.difference(ours("allCoresWithMetrics"), ours("allCores")),
            "ns",
            null,
            MOST_NANOS_OF_METRICS));
  }

  private static Run ours(String operation) {
    return new Run(operation, CachePeer.TOOLKIT.label());
  }

  private static Run caffeine(String operation) {
    return new Run(operation, CachePeer.CAFFEINE.label());
  }

  /**
   * What an entry takes; only ours has a bar.
   *
   * @param bytes of each peer
   */
  static List<Row> space(Map<CachePeer, Double> bytes) {
    double caffeine = Objects.requireNonNull(bytes.get(CachePeer.CAFFEINE));
    List<Row> rows = new ArrayList<>();
    rows.add(Row.info("an entry, caffeine", caffeine, "B"));
    bytes.forEach(
        (peer, own) -> {
          double above = own - caffeine;
          if (peer == CachePeer.TOOLKIT) {
            rows.add(
                Row.atMost(
                    "L1 an entry above caffeine", above, "B", null, MOST_BYTES_ABOVE_CAFFEINE));
          } else if (peer != CachePeer.CAFFEINE) {
            rows.add(Row.info("an entry above caffeine, " + peer.label(), above, "B"));
          }
        });
    return rows;
  }
}
