// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import java.util.regex.Pattern;

/**
 * A database that has a part of the slots.
 *
 * <p>Immutable.
 *
 * @param name 1 to 63 letters, digits, {@code -}, {@code _} and {@code .}, with a letter or digit
 *     first; how the map and the pools are matched
 * @param weight the share of the slots beside other shards: more than 0, at most 1,000,000
 */
public record Shard(String name, double weight) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final double MAX_WEIGHT = 1_000_000;

  /**
   * Checks both.
   *
   * @throws IllegalArgumentException if the name or the weight is outside what is said above
   */
  public Shard {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "shard name must be 1 to 63 letters, digits, '-', '_' and '.', with a letter or digit"
              + " first, was \""
              + name
              + "\"");
    }
    if (!(weight > 0 && weight <= MAX_WEIGHT)) {
      throw new IllegalArgumentException(
          "weight of shard \"" + name + "\" must be above 0 and at most 1000000, was " + weight);
    }
  }

  /** A shard of weight 1. */
  public static Shard of(String name) {
    return new Shard(name, 1);
  }
}
