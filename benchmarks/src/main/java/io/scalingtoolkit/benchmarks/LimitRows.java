// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import io.scalingtoolkit.benchmarks.limits.GrantedWindows;
import io.scalingtoolkit.benchmarks.limits.KeySpace;
import io.scalingtoolkit.benchmarks.limits.LocalPeer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bars of rate limiters within one process. */
final class LimitRows {
  private static final String OURS = LocalPeer.TOOLKIT.label();
  private static final String GUAVA = LocalPeer.GUAVA.label();
  private static final String BUCKET4J = LocalPeer.BUCKET4J.label();
  private static final String RESILIENCE4J = LocalPeer.RESILIENCE4J.label();
  private static final double RATE = LocalPeer.RATE;
  private static final double BURST = LocalPeer.BURST;

  private LimitRows() {}

  static List<Row> cost(List<Sample> samples, List<Sample> bandwidths) {
    List<Row> rows = new ArrayList<>();
    rows.add(ratio("L1 accept / guava", samples, "accept", GUAVA, 1.0));
    rows.add(ratio("L1 accept / bucket4j", samples, "accept", BUCKET4J, 0.8));
    rows.add(ratio("L1 accept / resilience4j", samples, "accept", RESILIENCE4J, 0.8));
    rows.add(
        Row.atMost("L1 accept allocates", median(bytes(samples, "accept")), "B/op", null, 0.5));
    rows.add(ratio("L2 two threads / bucket4j", samples, "acceptTwoThreads", BUCKET4J, 0.5));
    rows.add(
        ratio("L2 two threads / resilience4j", samples, "acceptTwoThreads", RESILIENCE4J, 0.5));
    rows.add(ratio("L2 two threads / guava", samples, "acceptTwoThreads", GUAVA, 1 / 0.9));
    rows.add(
        Row.atMost(
            "L3 three bandwidths / one",
            median(ratios(bandwidths, "threeBandwidths", OURS, "oneBandwidth", OURS)),
            "x",
            null,
            1.6));
    rows.add(
        Row.info(
            "three bandwidths / one, bucket4j",
            median(ratios(bandwidths, "threeBandwidths", BUCKET4J, "oneBandwidth", BUCKET4J)),
            "x"));
    return rows;
  }

  private static Row ratio(
      String name, List<Sample> samples, String operation, String peer, double limit) {
    return Row.atMost(
        name, median(ratios(samples, operation, OURS, operation, peer)), "x", null, limit);
  }

  private static List<Double> ratios(
      List<Sample> samples, String operation, String peer, String baseOperation, String base) {
    List<Double> ratios = new ArrayList<>();
    for (Sample own : samples) {
      if (own.operation().equals(operation) && own.peer().equals(peer)) {
        for (Sample other : samples) {
          if (other.round() == own.round()
              && other.operation().equals(baseOperation)
              && other.peer().equals(base)) {
            ratios.add(own.nanos() / other.nanos());
          }
        }
      }
    }
    return ratios;
  }

  private static List<Double> bytes(List<Sample> samples, String operation) {
    return samples.stream()
        .filter(each -> each.operation().equals(operation) && each.peer().equals(OURS))
        .map(Sample::bytes)
        .toList();
  }

  private static @Nullable Double median(List<Double> values) {
    return values.isEmpty() ? null : Comparison.median(values.stream().sorted().toList());
  }

  /** Tells whether the operation of a sample was also run by the peer others are compared with. */
  static boolean hasBaseline(List<Sample> samples, Sample sample) {
    return samples.stream()
        .anyMatch(each -> each.peer().equals(GUAVA) && each.operation().equals(sample.operation()));
  }

  /** The worst windows; only ours have bars. */
  static List<Row> granted(LocalPeer peer, GrantedWindows windows) {
    double used = windows.granted() / (BURST + RATE * windows.seconds()) * 100;
    String name = peer.label();
    if (peer != LocalPeer.TOOLKIT) {
      return List.of(
          Row.info("worst 1 s, " + name, (double) windows.worstSecond(), "perm."),
          Row.info("worst 100 ms, " + name, (double) windows.worstTenth(), "perm."));
    }
    return List.of(
        Row.atMost("L3 worst 1 s", (double) windows.worstSecond(), "perm.", null, BURST + RATE),
        Row.atMost(
            "L3 worst 100 ms", (double) windows.worstTenth(), "perm.", null, BURST + RATE / 10),
        Row.atLeast("L3 budget used", used, "%", null, 99.5));
  }

  static List<Row> keys(KeySpace keys) {
    return List.of(
        Row.atMost("L4 a key above itself", keys.bytesPerKey(), "B", null, 96),
        Row.atMost("L4 after 10 M others", keys.bytesPerKeyAfter(), "B", null, 96),
        Row.exactly("L4 debtors freed", (double) keys.freed(), "keys", 0),
        Row.info("L4 decision p50", (double) keys.p50(), "ns"),
        Row.below("L4 decision p99", (double) keys.p99(), "ns", null, 2_000));
  }
}
