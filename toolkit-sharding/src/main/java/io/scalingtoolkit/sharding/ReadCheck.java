// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Asks a shard whether it still has a slot, where the map alone is not enough.
 *
 * <p>Thread-safe. What it decides matters to reads only: a write is refused by the shard itself.
 */
final class ReadCheck {
  private final ReadFreshness freshness;
  private final MapWatch watch;

  /** Shards that were seen to have a guard; without one no slot can have moved. */
  private final Set<String> guarded = ConcurrentHashMap.newKeySet();

  ReadCheck(ReadFreshness freshness, MapWatch watch) {
    this.freshness = freshness;
    this.watch = watch;
  }

  boolean allows(Connection connection, ShardHandle handle) throws SQLException {
    boolean ask =
        switch (freshness) {
          case STRICT -> true;
          case BOUNDED -> watch.isLeaseOver();
          case EVENTUAL -> false;
        };
    return !ask || isHere(connection, handle);
  }

  private boolean isHere(Connection connection, ShardHandle handle) throws SQLException {
    try {
      return !isGuarded(connection, handle.shard()) || state(connection, handle).isHere();
    } finally {
      if (!connection.getAutoCommit()) {
        connection.commit();
      }
    }
  }

  /**
   * Whether a transaction may commit that was routed by a map read so long ago: an update of a row
   * that has moved away and been deleted here meets no row, and so no trigger refuses it; a read
   * does not see it. Rows are kept until this process has a newer map, or the lease of the one it
   * had is over; a transaction may be older than both.
   */
  boolean allowsCommit(Connection connection, ShardHandle handle, long routedNanos)
      throws SQLException {
    boolean current = watch.version() == handle.version() && !watch.isLeaseOver(routedNanos);
    return current
        || connection.getAutoCommit()
        || !isGuarded(connection, handle.shard())
        || state(connection, handle).isHere();
  }

  /** What the shard says of a slot. */
  private record Answer(@Nullable String state) {
    boolean isHere() {
      return "OWNED".equals(state) || "FROZEN".equals(state);
    }
  }

  private static Answer state(Connection connection, ShardHandle handle) throws SQLException {
    // PostgreSQL takes no row lock where nothing may be written; reads need none.
    String lock = connection.isReadOnly() ? "" : SqlProduct.of(connection).forShare();
    try (PreparedStatement select =
        connection.prepareStatement("select state from tk_slot where slot = ?" + lock)) {
      select.setInt(1, handle.slot());
      try (ResultSet rows = select.executeQuery()) {
        return new Answer(rows.next() ? rows.getString(1) : null);
      }
    }
  }

  private boolean isGuarded(Connection connection, String shard) throws SQLException {
    if (guarded.contains(shard)) {
      return true;
    }
    try (ResultSet tables =
        connection
            .getMetaData()
            .getTables(connection.getCatalog(), connection.getSchema(), "tk\\_slot", null)) {
      if (tables.next()) {
        guarded.add(shard);
        return true;
      }
    }
    return false;
  }
}
