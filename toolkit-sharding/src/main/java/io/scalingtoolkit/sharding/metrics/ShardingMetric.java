// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.metrics;

import java.util.List;

/**
 * The metrics that toolkit-sharding emits: name, base unit and tag keys of each.
 *
 * <p>Names follow Micrometer: lower case, dotted, without a unit. Every tag has a closed set of
 * values: shards are those of the map. Immutable.
 */
public enum ShardingMetric {
  /** Counts transactions that were done again because their slot was on the move. */
  RETRIES("toolkit.sharding.retries", "transactions", "shard"),
  /** The version of the map by which keys are routed. */
  MAP_VERSION("toolkit.sharding.map.version", "versions"),
  /** Counts reads of the map that failed. */
  MAP_FAILURES("toolkit.sharding.map.failures", "reads"),
  /** Counts rows that a mover copied or carried over. */
  MOVED_ROWS("toolkit.sharding.move.rows", "rows", "source", "target"),
  /** Times how long writers of a group of slots were kept out. */
  PAUSES("toolkit.sharding.move.pause", "seconds", "source", "target"),
  /** Counts moves that ended: {@code done}, {@code rolled_back} or {@code aborted}. */
  MOVES("toolkit.sharding.moves", "moves", "source", "target", "outcome");

  private final String id;
  private final String baseUnit;
  private final String tagKeys;

  ShardingMetric(String id, String baseUnit, String... tagKeys) {
    this.id = id;
    this.baseUnit = baseUnit;
    this.tagKeys = String.join(",", tagKeys);
  }

  /** Returns the name under which the meter is registered. */
  public String id() {
    return id;
  }

  /** Returns what one unit of the meter's value is. */
  public String baseUnit() {
    return baseUnit;
  }

  /** Returns the tag keys in a fixed order, unmodifiable; none where there is one meter. */
  public List<String> tagKeys() {
    return tagKeys.isEmpty() ? List.of() : List.of(tagKeys.split(",", -1));
  }
}
