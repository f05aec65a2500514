// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import org.jspecify.annotations.Nullable;

/**
 * How a replica takes part. Immutable.
 *
 * @param weight its share relative to the others, 0 or 0.000001 to 1,000,000; 1 unless set
 * @param zone where it stands, for zone preference; null for nowhere
 */
public record ReplicaOptions(double weight, @Nullable String zone) {
  private static final double MIN_WEIGHT = 1e-6;
  private static final double MAX_WEIGHT = 1_000_000;

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if {@code weight} is out of range
   */
  public ReplicaOptions {
    if (weight != 0 && !(weight >= MIN_WEIGHT && weight <= MAX_WEIGHT)) {
      throw new IllegalArgumentException(
          "the weight of a replica must be 0 or from 0.000001 to 1000000, was " + weight);
    }
  }

  /** Returns weight 1 and no zone. */
  public static ReplicaOptions standard() {
    return new ReplicaOptions(1, null);
  }

  /** Returns these with another weight. */
  public ReplicaOptions withWeight(double newWeight) {
    return new ReplicaOptions(newWeight, zone);
  }

  /** Returns these with a zone. */
  public ReplicaOptions inZone(String newZone) {
    return new ReplicaOptions(weight, newZone);
  }
}
