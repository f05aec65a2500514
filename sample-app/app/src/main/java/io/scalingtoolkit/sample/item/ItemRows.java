// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

import io.scalingtoolkit.sample.platform.sql.Slots;
import io.scalingtoolkit.sample.platform.web.JsonText;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ResultSetExtractor;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The table of items, in SQL that every engine of every phase understands. Each statement names the
 * owner, and each change is told to the cache. Thread-safe; joins the transaction of its caller.
 */
@Component
final class ItemRows {

  private static final String SELECT =
      "SELECT id, user_id, data, created_at, updated_at, version FROM items ";

  /** Rows of a long list that are in memory at the same time. */
  private static final int ROWS_AT_ONCE = 20;

  /** One page; {@code more} tells whether older items follow. */
  record Page(List<Item> items, boolean more) {}

  private final JdbcClient jdbc;
  private final ItemCache cache;

  ItemRows(JdbcClient jdbc, ItemCache cache) {
    this.jdbc = jdbc;
    this.cache = cache;
  }

  void insert(Item item) {
    jdbc.sql(
            """
            INSERT INTO items (id, user_id, data, created_at, updated_at, version, slot_id)
            VALUES (?, ?, ?, ?, ?, ?, ?)""")
        .params(
            item.id(),
            item.userId(),
            item.data().text(),
            item.createdAt(),
            item.updatedAt(),
            item.version(),
            Slots.of(item.userId()))
        .update();
  }

  Optional<Item> find(String id, String userId) {
    return jdbc.sql(SELECT + "WHERE id = ? AND user_id = ?")
        .params(id, userId)
        .query(ItemRows::read)
        .optional();
  }

  /** Stores a replacement; returns false when the row has another version by now or is gone. */
  boolean replace(Item item) {
    cache.changed(item);
    return jdbc.sql(
                """
                UPDATE items SET data = ?, updated_at = ?, version = ?
                WHERE id = ? AND user_id = ? AND version = ?""")
            .params(
                item.data().text(),
                item.updatedAt(),
                item.version(),
                item.id(),
                item.userId(),
                item.version() - 1)
            .update()
        == 1;
  }

  /** Deletes one version of a row; returns false when it has another version by now or is gone. */
  boolean delete(Item item) {
    cache.changed(item);
    return jdbc.sql("DELETE FROM items WHERE id = ? AND user_id = ? AND version = ?")
            .params(item.id(), item.userId(), item.version())
            .update()
        == 1;
  }

  /**
   * Returns items older than the cursor, newest first.
   *
   * @param most how many at most, at least 1
   * @param mostChars the page ends with the item whose {@code data} reaches this sum
   */
  Page page(String userId, @Nullable ItemCursor after, int most, long mostChars) {
    String order = " ORDER BY created_at DESC, id DESC LIMIT ?";
    int oneMore = most + 1;
    if (after == null) {
      return jdbc.sql(SELECT + "WHERE user_id = ?" + order)
          .params(userId, oneMore)
          .query((ResultSetExtractor<Page>) rows -> page(rows, most, mostChars));
    }
    return jdbc.sql(
            SELECT + "WHERE user_id = ? AND created_at <= ? AND (created_at < ? OR id < ?)" + order)
        .params(userId, after.createdAt(), after.createdAt(), after.id(), oneMore)
        .query((ResultSetExtractor<Page>) rows -> page(rows, most, mostChars));
  }

  /** Hands over every item of a user, oldest first, one at a time. */
  void each(String userId, Consumer<Item> consumer) {
    jdbc.sql(SELECT + "WHERE user_id = ? ORDER BY created_at, id")
        .withFetchSize(ROWS_AT_ONCE)
        .param(userId)
        .query((RowCallbackHandler) row -> consumer.accept(read(row, 0)));
  }

  void deleteAll(String userId) {
    cache.changedAll(userId);
    jdbc.sql("DELETE FROM items WHERE user_id = ?").param(userId).update();
  }

  private static Page page(ResultSet rows, int most, long mostChars) throws SQLException {
    List<Item> items = new ArrayList<>();
    long chars = 0;
    boolean more = rows.next();
    while (more && items.size() < most && chars < mostChars) {
      Item item = read(rows, 0);
      items.add(item);
      chars += item.data().text().length();
      more = rows.next();
    }
    return new Page(items, more);
  }

  private static Item read(ResultSet row, int number) throws SQLException {
    return new Item(
        row.getString(1),
        row.getString(2),
        JsonText.stored(row.getString(3)),
        row.getLong(4),
        row.getLong(5),
        row.getLong(6));
  }
}
