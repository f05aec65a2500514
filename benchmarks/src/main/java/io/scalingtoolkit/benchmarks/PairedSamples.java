// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Samples of several rounds, of which those of the same round are compared. Immutable; each figure
 * is a median over the rounds, null if there is no round with both.
 */
record PairedSamples(List<Sample> samples) {
  PairedSamples {
    samples = List.copyOf(samples);
  }

  /** One operation of one peer. Immutable. */
  record Run(String operation, String peer) {
    private boolean made(Sample sample) {
      return sample.operation().equals(operation) && sample.peer().equals(peer);
    }
  }

  /** How many times as long one takes as the other. */
  @Nullable Double ratio(Run run, Run base) {
    return median(compare(run, base, (own, other) -> own / other));
  }

  /** How many nanoseconds longer one takes than the other. */
  @Nullable Double difference(Run run, Run base) {
    return median(compare(run, base, (own, other) -> own - other));
  }

  /** How many nanoseconds one takes. */
  @Nullable Double nanos(Run run) {
    return median(samples.stream().filter(run::made).map(Sample::nanos).toList());
  }

  /** How many bytes an operation allocates. */
  @Nullable Double bytes(Run run) {
    return median(samples.stream().filter(run::made).map(Sample::bytes).toList());
  }

  private List<Double> compare(Run run, Run base, DoubleBinaryOperator comparison) {
    List<Double> values = new ArrayList<>();
    for (Sample own : samples) {
      for (Sample other : samples) {
        if (own.round() == other.round() && run.made(own) && base.made(other)) {
          values.add(comparison.applyAsDouble(own.nanos(), other.nanos()));
        }
      }
    }
    return values;
  }

  private static @Nullable Double median(List<Double> values) {
    return values.isEmpty() ? null : Comparison.median(values.stream().sorted().toList());
  }
}
