// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.util.Comparator;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A column by which the rows of every shard are ordered, as their SQL orders them.
 *
 * <p>Databases differ in where nulls go and in how text is ordered, so neither has a default: a
 * null or a text in a column that does not declare its place ends the query. Ascending, PostgreSQL
 * has nulls last; MySQL, MariaDB and SQLite have them first; descending it is the other way round.
 * Numbers, times, booleans, UUIDs and bytes need no declaration. The values of an enum type of
 * PostgreSQL arrive as text and are not in the order of any text.
 *
 * <p>Immutable.
 *
 * @param index the position in the select list, from 1
 * @param descending whether large values come first
 * @param nulls where nulls are
 * @param text the order of texts, ascending; equal means the same group
 * @param expression the column as the SQL names it; for {@link OrderedQuery#page} only
 */
public record SortColumn(
    int index,
    boolean descending,
    Nulls nulls,
    @Nullable Comparator<String> text,
    @Nullable String expression) {
  private static final Pattern IDENTIFIER =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(?:\\.[A-Za-z_][A-Za-z0-9_]*)*");

  /** The order of code points, in which UTF-8 bytes are too; that of UTF-16 units differs. */
  static final Comparator<String> CODE_POINTS = SortColumn::compareCodePoints;

  /** Where nulls are, in either direction. */
  public enum Nulls {
    /** Before all values. */
    FIRST,
    /** After all values. */
    LAST,
    /** There are none. */
    NONE
  }

  /**
   * Checks all.
   *
   * @throws IllegalArgumentException if the index is below 1, or the expression is not the name of
   *     a column
   */
  public SortColumn {
    if (index < 1) {
      throw new IllegalArgumentException("index must be at least 1, was " + index);
    }
    Objects.requireNonNull(nulls, "nulls");
    if (expression != null && !IDENTIFIER.matcher(expression).matches()) {
      throw new IllegalArgumentException(
          "expression must be a column such as t.id, was \"" + expression + '"');
    }
  }

  /** Small values first. */
  public static SortColumn ascending(int index) {
    return new SortColumn(index, false, Nulls.NONE, null, null);
  }

  /** Large values first. */
  public static SortColumn descending(int index) {
    return new SortColumn(index, true, Nulls.NONE, null, null);
  }

  /** The same with nulls before all values, whatever the direction. */
  public SortColumn nullsFirst() {
    return new SortColumn(index, descending, Nulls.FIRST, text, expression);
  }

  /** The same with nulls after all values, whatever the direction. */
  public SortColumn nullsLast() {
    return new SortColumn(index, descending, Nulls.LAST, text, expression);
  }

  /**
   * The same for text in the order of code points, and equal only if it is the same text. The SQL
   * must order that way: {@code collate "C"} in PostgreSQL, {@code collate utf8mb4_0900_bin} in
   * MySQL, {@code collate utf8mb4_nopad_bin} in MariaDB, {@code collate binary}, the default, in
   * SQLite. Rows that arrive in another order are refused; a collation that takes different texts
   * for the same only where the driver tells, which that of MariaDB does not.
   */
  public SortColumn binaryText() {
    return text(CODE_POINTS);
  }

  /**
   * The same for text in another order, which must be that of the collation in the SQL.
   *
   * @param order ascending
   */
  public SortColumn text(Comparator<String> order) {
    return new SortColumn(
        index, descending, nulls, Objects.requireNonNull(order, "order"), expression);
  }

  /**
   * The same, with the column as the SQL names it.
   *
   * @throws IllegalArgumentException if it is more than a column, qualified or not
   */
  public SortColumn named(String column) {
    return new SortColumn(index, descending, nulls, text, Objects.requireNonNull(column, "column"));
  }

  private static int compareCodePoints(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // Surrogates stand for code points above all others.
        boolean high = Character.isSurrogate(x);
        return high == Character.isSurrogate(y) ? Character.compare(x, y) : high ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
