// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

/**
 * Operations of the phase 1 load with their share of the mix in tenths of a percent: 90 percent
 * reads, 10 percent writes.
 */
enum Kind {
  READ_ITEM("read item", 600),
  LIST_ITEMS("list items", 180),
  READ_USER("read user", 120),
  CREATE_ITEM("create item", 50),
  REPLACE_ITEM("replace item", 45),
  LOG_IN("log in", 5),
  /** Not part of the mix: what an answer without any work costs in the same run. */
  LIVENESS("liveness probe", 0);

  private final String label;
  private final int share;

  Kind(String label, int share) {
    this.label = label;
    this.share = share;
  }

  String label() {
    return label;
  }

  boolean isMix() {
    return share > 0;
  }

  boolean isWrite() {
    return this == CREATE_ITEM || this == REPLACE_ITEM || this == LOG_IN;
  }

  /**
   * The kind at a point of the mix.
   *
   * @param point 0 to 999
   */
  static Kind at(int point) {
    int rest = point;
    for (Kind kind : values()) {
      if (rest < kind.share) {
        return kind;
      }
      rest -= kind.share;
    }
    throw new IllegalArgumentException("point must be 0 to 999 but is " + point);
  }
}
