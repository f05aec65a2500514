// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is sent to every shard, and in which order it comes back.
 *
 * <p>Immutable.
 */
record MergePlan(
    SqlTemplate sql,
    RowOrder order,
    long limit,
    int fetchSize,
    String after,
    List<@Nullable Object> parameters) {
  /** Whether a shard delivers no more rows than the limit. */
  boolean isLimited() {
    return sql.hasLimit();
  }
}
