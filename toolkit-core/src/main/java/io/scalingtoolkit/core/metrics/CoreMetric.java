// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.metrics;

import java.util.List;

/**
 * The metrics that toolkit-core emits: name, kind, base unit and tag keys of each.
 *
 * <p>Names follow Micrometer: lower case, dotted, without a unit. Every tag has a closed set of
 * values, so no user data can become a time series. Immutable.
 */
public enum CoreMetric {
  /** Counts bookmarks read, by outcome: {@code accepted} or the reason for ignoring it. */
  BOOKMARK_DECODES("toolkit.bookmark.decodes", "bookmarks", "outcome"),

  /**
   * Counts bookmarks written, by outcome: {@code exact}, {@code unresolved} or {@code overflow}.
   */
  BOOKMARK_ENCODES("toolkit.bookmark.encodes", "bookmarks", "outcome");

  private final String id;
  private final String baseUnit;
  private final String tagKey;

  CoreMetric(String id, String baseUnit, String tagKey) {
    this.id = id;
    this.baseUnit = baseUnit;
    this.tagKey = tagKey;
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
    return List.of(tagKey);
  }
}
