// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.math.BigDecimal;
import java.sql.SQLDataException;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the values that the shards give for one group become one value.
 *
 * <p>Immutable. There is none for an average, a distinct count or a median: they cannot be found
 * from those of the shards. An average comes from a sum and a count, {@link Row#average}; a
 * distinct count from {@link GroupedQuery#countDistinct}.
 */
public final class Combine {
  /**
   * Adds, without loss: integers become {@link Long}, or {@link BigDecimal} where that is too
   * small. Null where all are null. Floating-point numbers are refused, as their sum depends on the
   * order.
   */
  public static final Combine SUM = new Combine("SUM", Combine::exact, Combine::add);

  /** Adds counts, which are never null, to a {@link Long}. */
  public static final Combine COUNT = new Combine("COUNT", Combine::count, Combine::add);

  /** Adds as floating-point numbers, with their errors. Null where all are null. */
  public static final Combine SUM_APPROXIMATE =
      new Combine("SUM_APPROXIMATE", Combine::floating, (column, a, b) -> (double) a + (double) b);

  /** The smallest value that is not null. Text is refused; see {@link #minText}. */
  public static final Combine MIN = extreme("MIN", null, -1);

  /** The largest value that is not null. Text is refused; see {@link #maxText}. */
  public static final Combine MAX = extreme("MAX", null, 1);

  private final String name;
  private final First first;
  private final Both both;

  /** Checks a value, and makes it one that can be combined. */
  private interface First {
    @Nullable Object of(int column, @Nullable Object value) throws SQLDataException;
  }

  /** Combines two values. */
  private interface Both {
    Object of(int column, Object a, Object b) throws SQLDataException;
  }

  private Combine(String name, First first, Both both) {
    this.name = name;
    this.first = first;
    this.both = both;
  }

  /**
   * The first text of an order.
   *
   * @param order that of the collation by which the SQL finds it
   */
  public static Combine minText(Comparator<String> order) {
    return extreme("MIN", Objects.requireNonNull(order, "order"), -1);
  }

  /**
   * The last text of an order.
   *
   * @param order that of the collation by which the SQL finds it
   */
  public static Combine maxText(Comparator<String> order) {
    return extreme("MAX", Objects.requireNonNull(order, "order"), 1);
  }

  private static Combine extreme(String name, @Nullable Comparator<String> text, int sign) {
    return new Combine(
        name,
        (column, value) -> {
          if (value != null) {
            int unused = RowOrder.values(column, value, value, text);
          }
          return value;
        },
        (column, a, b) -> RowOrder.values(column, a, b, text) * sign >= 0 ? a : b);
  }

  @Nullable Object start(int column, @Nullable Object value) throws SQLDataException {
    return first.of(column, value);
  }

  @Nullable Object fold(int column, @Nullable Object so, @Nullable Object value)
      throws SQLDataException {
    Object next = first.of(column, value);
    if (so == null || next == null) {
      return so == null ? next : so;
    }
    return both.of(column, so, next);
  }

  private static @Nullable Object exact(int column, @Nullable Object value)
      throws SQLDataException {
    if (value == null) {
      return null;
    }
    if (RowOrder.isIntegral(value)) {
      return ((Number) value).longValue();
    }
    if (value instanceof Number number && !RowOrder.isFloating(value)) {
      return RowOrder.exact(column, number);
    }
    throw RowOrder.wrong(
        column,
        "cannot be added without loss, "
            + value.getClass().getName()
            + "; cast it to a decimal, or take SUM_APPROXIMATE");
  }

  private static Object count(int column, @Nullable Object value) throws SQLDataException {
    if (value == null || !RowOrder.isIntegral(value)) {
      throw RowOrder.wrong(column, "is no count");
    }
    return ((Number) value).longValue();
  }

  private static @Nullable Object floating(int column, @Nullable Object value)
      throws SQLDataException {
    if (value == null) {
      return null;
    }
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw RowOrder.wrong(column, "is no number, " + value.getClass().getName());
  }

  private static Object add(int column, Object a, Object b) throws SQLDataException {
    if (a instanceof Long x && b instanceof Long y) {
      long sum = x + y;
      // The signs say whether it fitted.
      if (((x ^ sum) & (y ^ sum)) >= 0) {
        return sum;
      }
    }
    return RowOrder.exact(column, (Number) a).add(RowOrder.exact(column, (Number) b));
  }

  @Override
  public String toString() {
    return name;
  }
}
