// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import java.util.Locale;

/**
 * How important a request is: under overload those of the lower levels are refused first.
 *
 * <p>Give a level by what a refusal costs the user, not by who asks: most requests are {@link
 * #DEFAULT}. Immutable.
 */
public enum Priority {
  /** Refused last: payments, logins that are refreshed. It should be a small part of the load. */
  CRITICAL(0),
  /** What a user waits for. */
  DEFAULT(1),
  /** What a user would not miss at once: refreshes in the background, prefetching. */
  LOW(2),
  /** What can be done at another time: batches, crawlers. */
  SHEDDABLE(3);

  private final int level;

  Priority(int level) {
    this.level = level;
  }

  /** Returns its place, 0 for the most important. */
  int level() {
    return level;
  }

  /** Returns the name in lower case, as it stands in metrics and headers. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads a {@link #label()}, in any case.
   *
   * @throws IllegalArgumentException if there is no such level
   */
  public static Priority ofLabel(String label) {
    for (Priority priority : values()) {
      if (priority.name().equalsIgnoreCase(label)) {
        return priority;
      }
    }
    throw new IllegalArgumentException(
        "priority must be critical, default, low or sheddable, was \"" + label + "\"");
  }
}
