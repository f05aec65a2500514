// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.SQLDataException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The condition for rows that come after a key, as SQL and parameters. */
final class Keyset {
  private final List<SortColumn> columns;

  Keyset(List<SortColumn> columns) {
    this.columns = columns;
    for (SortColumn column : columns) {
      if (column.expression() == null || column.nulls() != SortColumn.Nulls.NONE) {
        throw new IllegalArgumentException(
            "a page needs sort columns that are named(…) and never null, was " + column);
      }
    }
  }

  String condition(@Nullable PageKey key) {
    if (key == null) {
      return "(1 = 1)";
    }
    requireFits(key);
    String inner = "";
    for (int i = columns.size() - 1; i >= 0; i--) {
      SortColumn column = columns.get(i);
      String name = String.valueOf(column.expression());
      String beyond = name + (column.descending() ? " < ?" : " > ?");
      // The first comparison alone is one that every database finds the range of an index by.
      inner =
          inner.isEmpty()
              ? beyond
              : name
                  + (column.descending() ? " <= ?" : " >= ?")
                  + " and ("
                  + beyond
                  + " or ("
                  + inner
                  + "))";
    }
    return "(" + inner + ")";
  }

  List<Object> parameters(@Nullable PageKey key) {
    List<Object> all = new ArrayList<>();
    if (key != null) {
      int last = columns.size() - 1;
      for (int i = 0; i < last; i++) {
        all.add(key.values().get(i));
        all.add(key.values().get(i));
      }
      all.add(key.values().get(last));
    }
    return all;
  }

  private void requireFits(PageKey key) {
    if (key.values().size() != columns.size()) {
      throw new IllegalArgumentException(
          "the key must have " + columns.size() + " values, has " + key.values().size());
    }
  }

  PageKey keyOf(Row row) throws SQLDataException {
    List<Object> values = new ArrayList<>();
    for (SortColumn column : columns) {
      Object value = row.get(column.index());
      if (value == null || RowOrder.isFloating(value)) {
        throw RowOrder.wrong(column.index(), "is no key to go on after, being null or inexact");
      }
      values.add(value);
    }
    return PageKey.of(values);
  }
}
