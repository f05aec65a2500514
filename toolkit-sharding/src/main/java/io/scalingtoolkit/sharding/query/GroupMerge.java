// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts rows of the same group, which follow each other, together. */
final class GroupMerge implements RowSource {
  private final RowSource rows;
  private final RowOrder keys;
  private final Map<Integer, Combine> combined;
  private @Nullable Object @Nullable [] ahead;
  private boolean begun;

  /**
   * Owns the rows.
   *
   * @param keys what makes a group
   * @param combined by column, from 1; each column that is no key
   */
  GroupMerge(RowSource rows, RowOrder keys, Map<Integer, Combine> combined) {
    this.rows = rows;
    this.keys = keys;
    this.combined = combined;
  }

  @Override
  public @Nullable Object @Nullable [] next() throws SQLException {
    if (!begun) {
      begun = true;
      ahead = rows.next();
      if (ahead != null) {
        requireAllColumns(ahead.length);
      }
    }
    @Nullable Object[] first = ahead;
    if (first == null) {
      return null;
    }
    @Nullable Object[] group = first.clone();
    for (Map.Entry<Integer, Combine> each : combined.entrySet()) {
      int column = each.getKey();
      group[column - 1] = each.getValue().start(column, first[column - 1]);
    }
    ahead = rows.next();
    while (ahead != null && keys.compare(first, ahead) == 0) {
      for (Map.Entry<Integer, Combine> each : combined.entrySet()) {
        int column = each.getKey();
        group[column - 1] = each.getValue().fold(column, group[column - 1], ahead[column - 1]);
      }
      ahead = rows.next();
    }
    return group;
  }

  private void requireAllColumns(int columns) throws SQLException {
    for (int i = 1; i <= columns; i++) {
      int column = i;
      boolean key = keys.columns().stream().anyMatch(each -> each.index() == column);
      if (key == combined.containsKey(column)) {
        throw RowOrder.wrong(
            column, key ? "is a key and combined" : "is neither a key nor combined");
      }
    }
    for (int column : combined.keySet()) {
      if (column > columns) {
        throw RowOrder.wrong(column, "is not there, the rows have " + columns + " columns");
      }
    }
  }

  @Override
  public Map<String, SQLException> failures() {
    return rows.failures();
  }

  @Override
  public void interrupt() {
    rows.interrupt();
  }

  @Override
  public void abort() {
    rows.abort();
  }

  @Override
  public void close() {
    rows.close();
  }
}
