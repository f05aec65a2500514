// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.PairedSamples.Run;
import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import io.scalingtoolkit.benchmarks.limits.GrantedWindows;
import io.scalingtoolkit.benchmarks.limits.KeySpace;
import io.scalingtoolkit.benchmarks.limits.LocalPeer;
import java.util.ArrayList;
import java.util.List;

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
    PairedSamples one = new PairedSamples(samples);
    PairedSamples several = new PairedSamples(bandwidths);
    List<Row> rows = new ArrayList<>();
    rows.add(ratio("L1 accept / guava", one, "accept", GUAVA, 1.0));
    rows.add(ratio("L1 accept / bucket4j", one, "accept", BUCKET4J, 0.8));
    rows.add(ratio("L1 accept / resilience4j", one, "accept", RESILIENCE4J, 0.8));
    rows.add(
        Row.atMost("L1 accept allocates", one.bytes(new Run("accept", OURS)), "B/op", null, 0.5));
    rows.add(ratio("L2 two threads / bucket4j", one, "acceptTwoThreads", BUCKET4J, 0.5));
    rows.add(ratio("L2 two threads / resilience4j", one, "acceptTwoThreads", RESILIENCE4J, 0.5));
    rows.add(ratio("L2 two threads / guava", one, "acceptTwoThreads", GUAVA, 1 / 0.9));
    rows.add(
        Row.atMost(
            "L3 three bandwidths / one",
            several.ratio(new Run("threeBandwidths", OURS), new Run("oneBandwidth", OURS)),
            "x",
            null,
            1.6));
    rows.add(
        Row.info(
            "three bandwidths / one, bucket4j",
            several.ratio(new Run("threeBandwidths", BUCKET4J), new Run("oneBandwidth", BUCKET4J)),
            "x"));
    return rows;
  }

  private static Row ratio(
      String name, PairedSamples samples, String operation, String peer, double limit) {
    return Row.atMost(
        name, samples.ratio(new Run(operation, OURS), new Run(operation, peer)), "x", null, limit);
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
