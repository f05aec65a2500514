// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A query whose rows are groups, put together from those of the shards.
 *
 * <p>The SQL gives the keys of each group and what each shard has of it, in the order of the keys:
 *
 * <pre>{@code
 * query.groupedBy(SortColumn.ascending(1))
 *     .combine(2, Combine.COUNT)
 *     .combine(3, Combine.SUM)
 *     .run("select country, count(*), sum(cents) from purchase where {slots}"
 *         + " group by country order by country");
 * }</pre>
 *
 * <p>Each column is a key or combined. Averages, distinct counts, medians and HAVING are refused,
 * as those of the shards do not make that of all; see {@link Row#average} and {@link
 * #countDistinct}. A LIMIT cuts by keys: the groups with the largest sums cannot be found from
 * those of each shard.
 *
 * <p>Immutable and thread-safe.
 */
public final class GroupedQuery {
  private final ShardQuery query;
  private final RowOrder keys;
  private final Map<Integer, Combine> combined;
  private final long limit;
  private final boolean colocated;

  GroupedQuery(ShardQuery query, List<SortColumn> keys) {
    this(query, new RowOrder(keys), Map.of(), -1, false);
  }

  private GroupedQuery(
      ShardQuery query,
      RowOrder keys,
      Map<Integer, Combine> combined,
      long limit,
      boolean colocated) {
    this.query = query;
    this.keys = keys;
    this.combined = combined;
    this.limit = limit;
    this.colocated = colocated;
  }

  /**
   * The same with a way to combine a column.
   *
   * @param index the position in the select list, from 1
   * @throws IllegalArgumentException if the column has one already, or the index is below 1
   */
  public GroupedQuery combine(int index, Combine how) {
    Map<Integer, Combine> more = new TreeMap<>(combined);
    if (index < 1 || more.put(index, Objects.requireNonNull(how, "how")) != null) {
      throw new IllegalArgumentException("index must be at least 1 and given once, was " + index);
    }
    return new GroupedQuery(query, keys, more, limit, colocated);
  }

  /**
   * The same with at most that many groups; it replaces <code>{limit}</code> in the SQL.
   *
   * @param groups at least 1
   */
  public GroupedQuery limit(int groups) {
    if (groups < 1) {
      throw new IllegalArgumentException("groups must be at least 1, was " + groups);
    }
    return new GroupedQuery(query, keys, combined, groups, colocated);
  }

  /**
   * The same for SQL in which all that belongs to a row, such as what it is joined with or counted
   * once with, has the same shard key and so is at the same shard. Nobody checks that.
   */
  public GroupedQuery colocated() {
    return new GroupedQuery(query, keys, combined, limit, true);
  }

  /**
   * Reads. A group is whole when it is given out, unless {@link MergedRows#failures} names a shard.
   *
   * @throws IllegalArgumentException as {@link OrderedQuery#run}
   * @throws SQLException as {@link OrderedQuery#run}
   */
  public MergedRows run(String sql, @Nullable Object... parameters) throws SQLException {
    return run(query.policy(), checked(sql, limit), limit, parameters);
  }

  private MergedRows run(
      FailurePolicy policy, SqlTemplate template, long most, @Nullable Object... parameters)
      throws SQLException {
    MergePlan plan =
        new MergePlan(template, keys, most, query.fetchSize(), "", OrderedQuery.copy(parameters));
    return query.merge(plan, policy, rows -> new GroupMerge(rows, keys, combined));
  }

  private SqlTemplate checked(String sql, long most) {
    SqlTemplate template = parsed(sql, most);
    if (!colocated) {
      template.requireGroups();
    }
    return template;
  }

  private SqlTemplate parsed(String sql, long most) {
    SqlTemplate template = SqlTemplate.parse(sql);
    template.requireSlots(query.isEverywhere());
    template.requireAfter(false);
    template.requireNoOtherLimit(most > 0);
    return template;
  }

  /**
   * Counts the different keys in which no column is null, as {@code count(distinct …)} does: {@code
   * select distinct city from customer where {slots} order by city}. Fails if a shard fails,
   * whatever the {@link FailurePolicy}.
   *
   * @throws IllegalArgumentException as {@link OrderedQuery#run}, or if columns are combined or
   *     there is a limit
   * @throws SQLException as {@link OrderedQuery#run}
   */
  public long countDistinct(String sql, @Nullable Object... parameters) throws SQLException {
    if (!combined.isEmpty() || limit > 0 || keys.columns().isEmpty()) {
      throw new IllegalArgumentException("a distinct count has keys only, and no limit");
    }
    SqlTemplate template = parsed(sql, -1);
    if (!colocated) {
      template.requireDistinct();
    }
    long count = 0;
    try (MergedRows rows = run(FailurePolicy.FAIL, template, -1, parameters)) {
      while (rows.next()) {
        Row row = rows.row();
        if (keys.columns().stream().noneMatch(each -> row.isNull(each.index()))) {
          count++;
        }
      }
    }
    return count;
  }
}
