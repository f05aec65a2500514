// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A row that was read from a shard, or put together from rows of several.
 *
 * <p>Immutable, as far as the values are. They are what the driver gives for {@code getObject};
 * those that need an open connection, such as arrays and large objects, do not outlive it.
 */
public final class Row {
  private final @Nullable Object[] values;

  Row(@Nullable Object[] values) {
    this.values = values;
  }

  /** How many columns it has. */
  public int size() {
    return values.length;
  }

  /**
   * A value, null where the database has null.
   *
   * @param index from 1
   * @throws IndexOutOfBoundsException if there is no such column
   */
  public @Nullable Object get(int index) {
    if (index < 1 || index > values.length) {
      throw new IndexOutOfBoundsException(
          "column must be 1 to " + values.length + ", was " + index);
    }
    return values[index - 1];
  }

  /**
   * A value of that type; nothing is converted.
   *
   * @throws ClassCastException if the value is of another type
   */
  public <T> @Nullable T get(int index, Class<T> type) {
    return type.cast(get(index));
  }

  /** Whether the database has null there. */
  public boolean isNull(int index) {
    return get(index) == null;
  }

  /**
   * An integer.
   *
   * @throws ArithmeticException if the value is no integer, or outside the range of {@code long}
   * @throws IllegalStateException if it is null or no number
   */
  public long getLong(int index) {
    Number number = number(index);
    return RowOrder.isIntegral(number) ? number.longValue() : decimal(number).longValueExact();
  }

  /**
   * A number without loss, or null.
   *
   * @throws IllegalStateException if the value is no number
   * @throws NumberFormatException if it is infinite or not a number
   */
  public @Nullable BigDecimal getBigDecimal(int index) {
    return isNull(index) ? null : decimal(number(index));
  }

  /** A text, or null; what is no text, as it writes itself. */
  public @Nullable String getString(int index) {
    Object value = get(index);
    return value == null ? null : value.toString();
  }

  /**
   * The average from a sum and a count, null where the count is 0.
   *
   * @param sumColumn combined by {@link Combine#SUM}
   * @param countColumn of the values that are not null, combined by {@link Combine#COUNT}
   * @param scale digits after the point
   * @param rounding how the last one is found
   */
  public @Nullable BigDecimal average(
      int sumColumn, int countColumn, int scale, RoundingMode rounding) {
    BigDecimal sum = getBigDecimal(sumColumn);
    long count = getLong(countColumn);
    return sum == null || count == 0
        ? null
        : sum.divide(BigDecimal.valueOf(count), scale, rounding);
  }

  private Number number(int index) {
    if (get(index) instanceof Number number) {
      return number;
    }
    throw new IllegalStateException(
        "column " + index + (isNull(index) ? " is null" : " is no number"));
  }

  private static BigDecimal decimal(Number number) {
    if (number instanceof BigDecimal decimal) {
      return decimal;
    }
    return RowOrder.isFloating(number)
        ? new BigDecimal(number.doubleValue())
        : new BigDecimal(number.toString());
  }

  @Nullable Object[] values() {
    return values;
  }

  /** The values, for tests and tools; not for logs. */
  @Override
  public String toString() {
    return Arrays.deepToString(values);
  }
}
