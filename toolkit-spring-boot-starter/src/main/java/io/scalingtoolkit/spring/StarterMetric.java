// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring;

/**
 * The metrics that the starter emits beside those of the parts: name and base unit of each; none
 * has tags. Immutable.
 */
public enum StarterMetric {
  /** Counts responses that were committed before they could take along all that was seen. */
  BOOKMARK_LATE("toolkit.bookmark.late", "responses");

  private final String id;
  private final String baseUnit;

  StarterMetric(String id, String baseUnit) {
    this.id = id;
    this.baseUnit = baseUnit;
  }

  /** Returns the name under which the meter is registered. */
  public String id() {
    return id;
  }

  /** Returns what one unit of the meter's value is. */
  public String baseUnit() {
    return baseUnit;
  }
}
