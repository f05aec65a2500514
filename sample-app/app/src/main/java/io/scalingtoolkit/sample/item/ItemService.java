// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

import io.scalingtoolkit.sample.platform.Ids;
import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import io.scalingtoolkit.sample.platform.web.Etags;
import io.scalingtoolkit.sample.platform.web.JsonText;
import io.scalingtoolkit.sample.platform.web.Problem;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Service;

/** The rules of items, each call one transaction. Thread-safe. */
@Service
final class ItemService {

  /** Attempts to change a row that somebody else changes at the same time. */
  private static final int ATTEMPTS = 20;

  private final Transactions transactions;
  private final ItemRows rows;
  private final ItemCache cache;
  private final Ids ids;
  private final Clock clock;

  ItemService(Transactions transactions, ItemRows rows, ItemCache cache, Ids ids, Clock clock) {
    this.transactions = transactions;
    this.rows = rows;
    this.cache = cache;
    this.ids = ids;
    this.clock = clock;
  }

  Item create(String userId, JsonText data) {
    long now = Micros.now(clock);
    Item item = new Item(ids.next(), userId, data, now, now, 1);
    return transactions.write(
        userId,
        () -> {
          try {
            rows.insert(item);
          } catch (DataIntegrityViolationException ownerGone) {
            throw Problem.notFound();
          }
          return item;
        });
  }

  /** For showing only: it may come from a cache. What is to be changed is read in {@link #find}. */
  Item read(String id, String userId) {
    requireId(id);
    return cache
        .find(id, userId, () -> transactions.read(userId, () -> rows.find(id, userId)))
        .orElseThrow(Problem::notFound);
  }

  Item replace(String id, String userId, JsonText data, @Nullable String ifMatch) {
    return change(
        id,
        userId,
        ifMatch,
        stored -> {
          Item replaced = stored.replaced(data, Micros.now(clock));
          return rows.replace(replaced) ? Optional.of(replaced) : Optional.empty();
        });
  }

  void delete(String id, String userId, @Nullable String ifMatch) {
    change(
        id,
        userId,
        ifMatch,
        stored -> rows.delete(stored) ? Optional.of(stored) : Optional.empty());
  }

  ItemRows.Page page(String userId, @Nullable ItemCursor after, int most, long mostChars) {
    return transactions.read(userId, () -> rows.page(userId, after, most, mostChars));
  }

  private static void requireId(String id) {
    if (!Ids.isId(id)) {
      throw Problem.notFound();
    }
  }

  private Item find(String id, String userId) {
    requireId(id);
    return rows.find(id, userId).orElseThrow(Problem::notFound);
  }

  /**
   * Reads the item, compares the header, writes, and begins again when another writer came between
   * reading and writing. That cannot happen on SQLite, where writers take turns.
   *
   * @param write returns nothing when the row is not the one that was read any more
   */
  private Item change(
      String id, String userId, @Nullable String ifMatch, Function<Item, Optional<Item>> write) {
    return transactions.write(userId, () -> attempt(id, userId, ifMatch, write));
  }

  private Item attempt(
      String id, String userId, @Nullable String ifMatch, Function<Item, Optional<Item>> write) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Item stored = find(id, userId);
      Etags.requireMatch(ifMatch, stored.version());
      Optional<Item> written = write.apply(stored);
      if (written.isPresent()) {
        return written.get();
      }
    }
    throw new CannotAcquireLockException("The item is being changed by other requests.");
  }
}
