// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some rows in order, and where to go on.
 *
 * <p>Immutable.
 *
 * @param rows at most as many as asked for
 * @param next the key after which the next page begins, null if this was the last one
 */
public record Page(List<Row> rows, @Nullable PageKey next) {
  /** Copies the rows. */
  public Page {
    rows = List.copyOf(rows);
  }
}
