// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.sharding.move.ShardedTable;
import io.scalingtoolkit.sharding.move.ShardedTable.KeyType;
import io.scalingtoolkit.sharding.move.SlotGuard;
import io.scalingtoolkit.sharding.unique.UniqueKeys;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The tables of the application, all of them by user; those that others refer to first. */
enum ShardedTables {
  USERS("id", "id"),
  SESSIONS("user_id", "id"),
  ITEMS("user_id", "id"),
  AVATARS("user_id", "name"),
  IDEMPOTENCY("owner_id", "id"),
  AUDIT_HEADS("user_id", "user_id"),
  AUDIT_LOG("user_id", "user_id, seq");

  private final String keyColumn;
  private final String primaryKey;

  ShardedTables(String keyColumn, String primaryKey) {
    this.keyColumn = keyColumn;
    this.primaryKey = primaryKey;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The column with the user. */
  String keyColumn() {
    return keyColumn;
  }

  String primaryKey() {
    return primaryKey;
  }

  /** Guards these tables, and those of names that are unique over all shards. */
  static SlotGuard guard() {
    return SlotGuard.of(Stream.concat(own().stream(), UniqueKeys.tables().stream()).toList());
  }

  /** Guards these tables alone, for users who are all in one database at any time. */
  static SlotGuard ownGuard() {
    return SlotGuard.of(own());
  }

  private static List<ShardedTable> own() {
    return Arrays.stream(values())
        .map(each -> ShardedTable.of(each.word(), each.keyColumn, KeyType.TEXT))
        .toList();
  }
}
