// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.SQLDataException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Compares rows by their sort columns as databases do, or refuses.
 *
 * <p>Immutable.
 */
final class RowOrder {
  /** SQLState of rows that are not as declared. */
  static final String NOT_AS_DECLARED = "TK012";

  private final List<SortColumn> columns;

  RowOrder(List<SortColumn> columns) {
    this.columns = List.copyOf(columns);
  }

  List<SortColumn> columns() {
    return columns;
  }

  int compare(@Nullable Object[] a, @Nullable Object[] b) throws SQLDataException {
    for (SortColumn column : columns) {
      int order = compare(column, a[column.index() - 1], b[column.index() - 1]);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /** Refuses a row of which a column cannot be compared, also where there is no other row. */
  void check(@Nullable Object[] row) throws SQLDataException {
    for (SortColumn column : columns) {
      if (column.index() > row.length) {
        throw wrong(column.index(), "is not there, the rows have " + row.length + " columns");
      }
      Object value = row[column.index() - 1];
      int unused = compare(column, value, value);
    }
  }

  private static int compare(SortColumn column, @Nullable Object a, @Nullable Object b)
      throws SQLDataException {
    if (a == null || b == null) {
      if (column.nulls() == SortColumn.Nulls.NONE) {
        throw wrong(column.index(), "has a null; declare nullsFirst() or nullsLast()");
      }
      int order = Boolean.compare(b == null, a == null);
      return column.nulls() == SortColumn.Nulls.FIRST ? order : -order;
    }
    int order = values(column.index(), a, b, column.text());
    return column.descending() ? -order : order;
  }

  /** Compares two values of a column, ascending; only the sign counts. */
  static int values(int column, Object a, Object b, @Nullable Comparator<String> text)
      throws SQLDataException {
    if (a instanceof Number x && b instanceof Number y) {
      return numbers(column, x, y);
    }
    if (a instanceof String x && b instanceof String y) {
      if (text == null) {
        throw wrong(column, "is text; declare binaryText() or text(order)");
      }
      return Integer.signum(text.compare(x, y));
    }
    if (a instanceof byte[] x && b instanceof byte[] y) {
      return Integer.signum(Arrays.compareUnsigned(x, y));
    }
    if (a instanceof UUID x && b instanceof UUID y) {
      // Its own order is that of signed numbers.
      int high = Long.compareUnsigned(x.getMostSignificantBits(), y.getMostSignificantBits());
      return high != 0
          ? high
          : Long.compareUnsigned(x.getLeastSignificantBits(), y.getLeastSignificantBits());
    }
    if (a.getClass() == b.getClass() && isOrdered(a)) {
      @SuppressWarnings("unchecked")
      Comparable<Object> ordered = (Comparable<Object>) a;
      return Integer.signum(ordered.compareTo(b));
    }
    throw wrong(
        column,
        "cannot be ordered here: " + a.getClass().getName() + " and " + b.getClass().getName());
  }

  private static boolean isOrdered(Object value) {
    String type = value.getClass().getName();
    return value instanceof Boolean
        || value instanceof java.util.Date
        || (type.startsWith("java.time.") && value instanceof Comparable<?>);
  }

  private static int numbers(int column, Number a, Number b) throws SQLDataException {
    if (isIntegral(a) && isIntegral(b)) {
      return Long.compare(a.longValue(), b.longValue());
    }
    boolean special = !isFinite(a) || !isFinite(b);
    if (special || (isFloating(a) && isFloating(b))) {
      // Adding zero makes -0.0 the 0.0 that it is to a database.
      return Double.compare(a.doubleValue() + 0.0, b.doubleValue() + 0.0);
    }
    return exact(column, a).compareTo(exact(column, b));
  }

  static BigDecimal exact(int column, Number value) throws SQLDataException {
    if (value instanceof BigDecimal decimal) {
      return decimal;
    }
    if (value instanceof BigInteger integer) {
      return new BigDecimal(integer);
    }
    if (isIntegral(value)) {
      return BigDecimal.valueOf(value.longValue());
    }
    if (isFloating(value)) {
      return new BigDecimal(value.doubleValue());
    }
    throw wrong(column, "is a number of an unknown kind, " + value.getClass().getName());
  }

  static boolean isIntegral(Object value) {
    return value instanceof Integer
        || value instanceof Long
        || value instanceof Short
        || value instanceof Byte;
  }

  static boolean isFloating(Object value) {
    return value instanceof Double || value instanceof Float;
  }

  private static boolean isFinite(Number value) {
    return !isFloating(value) || Double.isFinite(value.doubleValue());
  }

  static SQLDataException wrong(int column, String what) {
    return new SQLDataException("column " + column + ' ' + what, NOT_AS_DECLARED);
  }
}
