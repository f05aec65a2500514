// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one shard, read as they are asked for, each compared with the one before it.
 *
 * <p>It is opened by {@link #work}, which also reads the first row: only then has every database
 * taken the snapshot that all later rows come from. After that it is confined to whoever reads.
 */
final class ShardCursor extends ShardJob<ShardCursor> {
  /** What to do with rows that nobody wants, which drivers would read before they close. */
  private enum Rest {
    READ,
    CANCEL,
    BREAK
  }

  private final Connection raw;
  private final String sql;
  private final List<@Nullable Object> parameters;
  private final int fetchSize;
  private final RowOrder order;
  private final boolean limited;
  private volatile @Nullable TrackedConnection connection;
  private @Nullable PreparedStatement statement;
  private @Nullable ResultSet rows;
  private @Nullable Object @Nullable [] current;
  private Rest rest = Rest.READ;
  private int columns;
  private long read;
  private boolean closed;

  /** Owns the connection from now on. */
  ShardCursor(
      String shard, Connection raw, String sql, List<@Nullable Object> parameters, MergePlan plan) {
    super(shard);
    this.raw = raw;
    this.sql = sql;
    this.parameters = parameters;
    fetchSize = plan.fetchSize();
    order = plan.order();
    limited = plan.isLimited();
  }

  @Override
  ShardCursor work() throws SQLException {
    boolean opened = false;
    try {
      connection = new TrackedConnection(raw);
      requireWanted();
      open(connection);
      boolean unused = advance();
      opened = true;
      return this;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  private void open(TrackedConnection tracked) throws SQLException {
    SqlProduct product = SqlProduct.of(tracked);
    PreparedStatement prepared =
        tracked.prepareStatement(sql, ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
    statement = prepared;
    // Connector/J ignores a fetch size, unless cursors are switched on by its address; this value
    // makes it read row by row. The driver of MariaDB does as it is told.
    boolean connectorJ = tracked.getMetaData().getDriverName().startsWith("MySQL");
    if (product.isMySqlFamily() && !limited) {
      // Connector/J cancels nothing once the first row is there.
      rest = connectorJ ? Rest.BREAK : Rest.CANCEL;
    }
    prepared.setFetchSize(connectorJ ? Integer.MIN_VALUE : fetchSize);
    for (int i = 0; i < parameters.size(); i++) {
      prepared.setObject(i + 1, parameters.get(i));
    }
    ResultSet opened = prepared.executeQuery();
    rows = opened;
    ResultSetMetaData facts = opened.getMetaData();
    columns = facts.getColumnCount();
    for (SortColumn column : order.columns()) {
      if (column.index() > columns) {
        throw RowOrder.wrong(column.index(), "is not there, the rows have " + columns + " columns");
      }
      if (column.text() == SortColumn.CODE_POINTS) {
        requireBinary(product, facts, column.index());
      }
    }
  }

  /** What the drivers tell of collations, which is not all. */
  private static void requireBinary(SqlProduct product, ResultSetMetaData facts, int index)
      throws SQLException {
    String type = facts.getColumnTypeName(index).toLowerCase(Locale.ROOT);
    boolean blind =
        product == SqlProduct.POSTGRESQL ? type.equals("citext") : !facts.isCaseSensitive(index);
    if (blind && product != SqlProduct.SQLITE && isText(facts.getColumnType(index))) {
      throw RowOrder.wrong(index, "has a collation that takes different texts for the same");
    }
  }

  private static boolean isText(int type) {
    return switch (type) {
      case java.sql.Types.CHAR,
          java.sql.Types.VARCHAR,
          java.sql.Types.LONGVARCHAR,
          java.sql.Types.CLOB,
          java.sql.Types.OTHER ->
          true;
      default -> false;
    };
  }

  /** The row where the cursor is. */
  @Nullable Object[] current() {
    @Nullable Object[] row = current;
    if (row == null) {
      throw new IllegalStateException("no row");
    }
    return row;
  }

  boolean hasRow() {
    return current != null;
  }

  /**
   * Goes on to the next row.
   *
   * @throws SQLDataException if it belongs before the one that was here
   */
  boolean advance() throws SQLException {
    ResultSet open = rows;
    if (open == null || !open.next()) {
      current = null;
      rest = Rest.READ;
      return false;
    }
    @Nullable Object[] next = new @Nullable Object[columns];
    for (int i = 0; i < columns; i++) {
      next[i] = open.getObject(i + 1);
    }
    read++;
    order.check(next);
    @Nullable Object[] before = current;
    if (before != null && order.compare(before, next) > 0) {
      throw new SQLDataException(
          "shard \""
              + shard()
              + "\" delivers row "
              + read
              + " before row "
              + (read - 1)
              + " by the declared order; the ORDER BY must be by the same columns, collation and"
              + " place of nulls",
          RowOrder.NOT_AS_DECLARED);
    }
    current = next;
    return true;
  }

  @Override
  void interrupt() {
    TrackedConnection open = connection;
    if (open != null) {
      open.cancel();
    }
  }

  @Override
  void abort() {
    TrackedConnection.breakOff(raw);
  }

  @Override
  void discard(ShardCursor result) {
    close();
  }

  /** Closes the connection if the job has not begun, and sees to it that it never does. */
  void giveUp() {
    if (claim()) {
      TrackedConnection.close(raw);
    }
  }

  void close() {
    if (closed) {
      return;
    }
    closed = true;
    current = null;
    boolean unread = rows != null;
    TrackedConnection open = connection;
    if (open == null) {
      TrackedConnection.close(raw);
      return;
    }
    if (unread && rest == Rest.CANCEL) {
      open.cancel();
    } else if (unread && rest == Rest.BREAK) {
      open.breakOff();
    }
    PreparedStatement prepared = statement;
    try {
      if (prepared != null) {
        prepared.close();
      }
    } catch (SQLException e) {
      open.noteClosing(e);
    } finally {
      open.release();
    }
  }
}
