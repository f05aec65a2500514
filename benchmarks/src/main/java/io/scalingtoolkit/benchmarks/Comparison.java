// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One operation of one peer. Immutable.
 *
 * @param nanos per operation, median over the forks
 * @param mean the same with pauses of the collector and turns of other processes
 * @param bytes allocated per operation, median over the forks
 * @param difference to the baseline, null for the baseline itself
 */
record Comparison(
    String operation,
    String peer,
    double nanos,
    double mean,
    double bytes,
    @Nullable Difference difference) {

  /**
   * The differences to the baseline in nanoseconds, each between two forks of the same round: what
   * slowed the whole machine in one round then does not count as a difference.
   */
  record Difference(double median, double least, double most) {
    static Difference of(List<Double> values) {
      List<Double> sorted = values.stream().sorted().toList();
      return new Difference(
          Comparison.median(sorted), sorted.get(0), sorted.get(sorted.size() - 1));
    }
  }

  /**
   * Compares in the order in which operations and peers first appear.
   *
   * @param baseline label of the peer that the others are compared with
   * @throws IllegalArgumentException if a round of an operation lacks the baseline
   */
  static List<Comparison> of(List<Sample> samples, String baseline) {
    Map<String, Map<Integer, Double>> base = new LinkedHashMap<>();
    Set<String> peers = new LinkedHashSet<>();
    peers.add(baseline);
    for (Sample sample : samples) {
      peers.add(sample.peer());
      Map<Integer, Double> rounds =
          base.computeIfAbsent(sample.operation(), operation -> new TreeMap<>());
      if (sample.peer().equals(baseline)) {
        rounds.put(sample.round(), sample.nanos());
      }
    }
    List<Comparison> comparisons = new ArrayList<>();
    base.forEach(
        (operation, rounds) -> {
          for (String peer : peers) {
            List<Sample> own =
                samples.stream()
                    .filter(each -> each.operation().equals(operation) && each.peer().equals(peer))
                    .toList();
            if (!own.isEmpty()) {
              comparisons.add(of(operation, peer, own, peer.equals(baseline) ? null : rounds));
            }
          }
        });
    return comparisons;
  }

  private static Comparison of(
      String operation, String peer, List<Sample> own, @Nullable Map<Integer, Double> baseline) {
    return new Comparison(
        operation,
        peer,
        median(own.stream().map(Sample::nanos).sorted().toList()),
        median(own.stream().map(Sample::mean).sorted().toList()),
        median(own.stream().map(Sample::bytes).sorted().toList()),
        baseline == null
            ? null
            : Difference.of(own.stream().map(each -> difference(each, baseline)).toList()));
  }

  private static double difference(Sample sample, Map<Integer, Double> baseline) {
    Double base = baseline.get(sample.round());
    if (base == null) {
      throw new IllegalArgumentException(
          "round %d of %s has no baseline".formatted(sample.round(), sample.operation()));
    }
    return sample.nanos() - base;
  }

  static double median(List<Double> sorted) {
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
