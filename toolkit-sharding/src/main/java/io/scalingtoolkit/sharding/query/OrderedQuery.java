// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.SQLDataException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A query whose rows are those of all shards, in order.
 *
 * <p>Each shard runs the SQL as it is and orders its rows; here they are merged. An ORDER BY by the
 * declared columns belongs into the SQL, and {@code limit {limit}} where there is a limit:
 *
 * <pre>{@code
 * query.orderedBy(SortColumn.descending(1), SortColumn.ascending(2))
 *     .limit(100)
 *     .run("select total, id from purchase where {slots} and total > ?"
 *         + " order by total desc, id limit {limit}", 50);
 * }</pre>
 *
 * <p>Rows that arrive in another order end the query. A collation that differs from the declared
 * one mostly shows that way, yet not always where a limit cuts the rows off before: that the SQL
 * orders as declared is for the caller to see to.
 *
 * <p>Joins, aggregates, set operations, windows and subqueries are refused, because a shard has
 * only its own rows; {@link #colocated} says that these are all that is needed.
 *
 * <p>Immutable and thread-safe.
 */
public final class OrderedQuery {
  private final ShardQuery query;
  private final RowOrder order;
  private final long limit;
  private final boolean colocated;

  OrderedQuery(ShardQuery query, List<SortColumn> columns) {
    this(query, new RowOrder(columns), -1, false);
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("there must be a sort column");
    }
  }

  private OrderedQuery(ShardQuery query, RowOrder order, long limit, boolean colocated) {
    this.query = query;
    this.order = order;
    this.limit = limit;
    this.colocated = colocated;
  }

  /**
   * The same with at most that many rows; all without. It replaces <code>{limit}</code> in the SQL.
   *
   * @param rows at least 1
   */
  public OrderedQuery limit(int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("rows must be at least 1, was " + rows);
    }
    return new OrderedQuery(query, order, rows, colocated);
  }

  /**
   * The same for SQL in which all that belongs to a row, such as what it is joined or grouped with,
   * has the same shard key and so is at the same shard. Nobody checks that.
   */
  public OrderedQuery colocated() {
    return new OrderedQuery(query, order, limit, true);
  }

  /**
   * Reads. When it returns every shard has begun to answer, by a snapshot from before the first row
   * was given out: a slot that moves later changes nothing any more.
   *
   * @param parameters as for {@code setObject}, the same for every shard
   * @throws IllegalArgumentException if the SQL cannot be sent to every shard, with what to change
   * @throws SQLException if a shard fails, and the policy is to fail then, naming it; or of class
   *     {@link java.sql.SQLTimeoutException} after the deadline, also for want of a connection; or
   *     of class {@link java.sql.SQLTransientException} if slots moved at each attempt
   */
  public MergedRows run(String sql, @Nullable Object... parameters) throws SQLException {
    SqlTemplate template = checked(sql);
    template.requireAfter(false);
    MergePlan plan = new MergePlan(template, order, limit, query.fetchSize(), "", copy(parameters));
    return query.merge(plan, query.policy(), rows -> rows);
  }

  private SqlTemplate checked(String sql) {
    SqlTemplate template = SqlTemplate.parse(sql);
    template.requireSlots(query.isEverywhere());
    template.requireNoOtherLimit(limit > 0);
    if (!colocated) {
      template.requireRows();
    }
    return template;
  }

  /**
   * Reads a page of {@link #limit} rows, after the last row of the one before.
   *
   * <p>The SQL has <code>{after}</code> in its condition, which becomes one on the sort columns, so
   * they must be {@linkplain SortColumn#named named}; and {@code limit {limit}}. There are no
   * offsets: to skip rows every shard would have to deliver them all, and rows that come or go
   * between two pages would shift the others.
   *
   * <p>A page is whole or it fails, whatever the {@link FailurePolicy}: what is left out of one
   * would never be seen.
   *
   * @param after where the page before ended, null for the first
   * @throws SQLException as {@link #run}; of class {@link SQLDataException} also if two rows have
   *     the same key, or a key is null or a floating-point number
   */
  public Page page(@Nullable PageKey after, String sql, @Nullable Object... parameters)
      throws SQLException {
    if (limit < 1) {
      throw new IllegalStateException("the size of a page is set by limit(n)");
    }
    SqlTemplate template = checked(sql);
    template.requireAfter(true);
    Keyset keyset = new Keyset(order.columns());
    List<@Nullable Object> all = new ArrayList<>(Arrays.asList(parameters));
    int at = template.parametersBeforeAfter();
    if (at > all.size()) {
      throw new IllegalArgumentException(
          "there are " + at + " parameters before {after}, " + all.size() + " were given");
    }
    String condition = keyset.condition(after);
    all.addAll(at, keyset.parameters(after));
    // One row more, to know whether there is a next page and that its first key is another.
    MergePlan plan =
        new MergePlan(
            template,
            order,
            limit + 1,
            query.fetchSize(),
            condition,
            Collections.unmodifiableList(all));
    List<Row> rows = new ArrayList<>();
    boolean more = false;
    try (MergedRows merged = query.merge(plan, FailurePolicy.FAIL, source -> source)) {
      while (!more && merged.next()) {
        Row row = merged.row();
        if (!rows.isEmpty()) {
          requireOtherKey(rows.get(rows.size() - 1), row);
        }
        more = rows.size() == limit;
        if (!more) {
          rows.add(row);
        }
      }
    }
    return new Page(rows, more ? keyset.keyOf(rows.get(rows.size() - 1)) : null);
  }

  private void requireOtherKey(Row before, Row row) throws SQLDataException {
    if (order.compare(before.values(), row.values()) == 0) {
      throw new SQLDataException(
          "two rows have the same key; a page needs sort columns that are unique together",
          RowOrder.NOT_AS_DECLARED);
    }
  }

  static List<@Nullable Object> copy(@Nullable Object... parameters) {
    return Collections.unmodifiableList(new ArrayList<>(Arrays.asList(parameters)));
  }
}
