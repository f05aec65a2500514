// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.metrics;

import java.util.List;

/**
 * The metrics that toolkit-replication emits: name, kind, base unit and tag keys of each.
 *
 * <p>Every meter has the tag {@code source}, the name of the data source. Names follow Micrometer:
 * lower case, dotted, without a unit. Every tag has a closed set of values. Immutable.
 */
public enum ReplicationMetric {
  /** Counts statements and transactions by the role of the node chosen and the reason. */
  ROUTES("toolkit.replication.routes", "statements", "source", "role", "reason"),
  /** Counts statements that a replica refused and the primary then ran. */
  HEALS("toolkit.replication.heals", "statements", "source"),
  /** Counts reads that were run again elsewhere after a failure. */
  RETRIES("toolkit.replication.retries", "statements", "source"),
  /** Counts known positions replaced because the primary itself did not cover them. */
  REBASES("toolkit.replication.rebases", "sessions", "source"),
  /** Counts the times that another node became the primary. */
  FAILOVERS("toolkit.replication.failovers", "failovers", "source"),
  /** Counts rounds of discovery that failed, wholly or for one replica. */
  DISCOVERY_FAILURES("toolkit.replication.discovery.failures", "rounds", "source"),
  /** Times reads that waited for a sample or for a replica. */
  WAITS("toolkit.replication.waits", "seconds", "source"),
  /** Upper bound of the age of a node's data, NaN while unknown. */
  LAG("toolkit.replication.lag", "seconds", "source", "node"),
  /** 1 while a node may be used in its role, else 0. */
  USABLE("toolkit.replication.usable", "nodes", "source", "node");

  private final String id;
  private final String baseUnit;
  private final String tagKeys;

  ReplicationMetric(String id, String baseUnit, String... tagKeys) {
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

  /** Returns the tag keys in a fixed order, unmodifiable, at least one. */
  public List<String> tagKeys() {
    return List.of(tagKeys.split(",", -1));
  }
}
