// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Merges cursors that are each in order.
 *
 * <p>Invariants: {@code open} has the cursors that have a row, the one whose row comes first at the
 * end; of equal rows that of the shard whose name comes first. Cost: a comparison for each doubling
 * of the shards and row, and one row of each shard in memory besides what the driver fetched.
 */
final class SortedMerge implements RowSource {
  private final List<ShardCursor> all;
  private final List<ShardCursor> open = new ArrayList<>();
  private final RowOrder order;
  private final FailurePolicy policy;
  private final Map<String, SQLException> failures;
  private @Nullable ShardCursor taken;

  /** Owns the cursors, once it is built. */
  SortedMerge(
      List<ShardCursor> cursors,
      RowOrder order,
      FailurePolicy policy,
      Map<String, SQLException> failures)
      throws SQLException {
    this.order = order;
    this.policy = policy;
    this.failures = new LinkedHashMap<>(failures);
    all = List.copyOf(cursors);
    for (ShardCursor cursor : cursors) {
      if (cursor.hasRow()) {
        insert(cursor);
      } else {
        cursor.close();
      }
    }
  }

  private void insert(ShardCursor cursor) throws SQLException {
    int low = 0;
    int high = open.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (isBefore(cursor, open.get(middle))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    open.add(low, cursor);
  }

  private boolean isBefore(ShardCursor a, ShardCursor b) throws SQLException {
    int compared = order.compare(a.current(), b.current());
    return compared != 0 ? compared < 0 : a.shard().compareTo(b.shard()) < 0;
  }

  @Override
  public @Nullable Object @Nullable [] next() throws SQLException {
    // Only now, so that a row that nobody asks for is never fetched.
    ShardCursor last = taken;
    taken = null;
    if (last != null) {
      goOn(last);
    }
    if (open.isEmpty()) {
      return null;
    }
    ShardCursor first = open.remove(open.size() - 1);
    taken = first;
    return first.current();
  }

  private void goOn(ShardCursor cursor) throws SQLException {
    try {
      if (cursor.advance()) {
        insert(cursor);
      } else {
        cursor.close();
      }
    } catch (SQLException e) {
      if (policy == FailurePolicy.FAIL || FanOut.isOurs(e)) {
        throw FanOut.named(cursor.shard(), e);
      }
      failures.put(cursor.shard(), e);
      cursor.close();
    }
  }

  @Override
  public Map<String, SQLException> failures() {
    return failures;
  }

  @Override
  public void interrupt() {
    all.forEach(ShardCursor::interrupt);
  }

  @Override
  public void abort() {
    all.forEach(ShardCursor::abort);
  }

  @Override
  public void close() {
    all.forEach(ShardCursor::close);
  }
}
