// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import java.sql.SQLException;
import java.util.Objects;
import javax.sql.DataSource;

/**
 * Where the one current map is kept.
 *
 * <p>Thread-safe. Methods block on the store.
 */
public interface ShardMapStore {
  /** SQLState of {@link #load} and {@link #version} where nobody has made a map yet. */
  String NO_MAP = "TK003";

  /**
   * A store in the table {@code tk_map} of a database: PostgreSQL, MariaDB, MySQL or SQLite.
   *
   * @param control the control database; it may be one of the shards
   */
  static ShardMapStore jdbc(DataSource control) {
    return new JdbcShardMapStore(control);
  }

  /**
   * A store that only this process knows, for tests and for maps that never change.
   *
   * @param first what {@link #load} returns until it is replaced
   */
  static ShardMapStore inMemory(ShardMap first) {
    return new MemoryShardMapStore(first);
  }

  /**
   * The current map.
   *
   * @throws SQLException if the store does not answer, or has none: SQLState {@link #NO_MAP}
   */
  ShardMap load() throws SQLException;

  /**
   * The version of the current map, for who has one and wants to know whether it still holds.
   *
   * @throws SQLException as {@link #load}
   */
  default long version() throws SQLException {
    return load().version();
  }

  /**
   * Makes a first map current if there is none yet; creates what the store needs for it. Of several
   * processes that do this at once one makes its map current, and the others find that one.
   *
   * @return whether this made it current
   * @throws SQLException if the store does not answer
   */
  boolean create(ShardMap first) throws SQLException;

  /**
   * Makes a map current, if the current one still has the version before it.
   *
   * @param next of a version one above that of the map it was made from
   * @return whether it did
   * @throws SQLException if the store does not answer; then it may have happened or not, which
   *     {@link #load} tells
   */
  boolean replace(ShardMap next) throws SQLException;

  /**
   * Says that an instance uses a version now, so that rows on a source are kept until nobody reads
   * them by an older map. A store that only this process knows needs none of this.
   *
   * @param instance unique among all processes
   * @throws SQLException if the store does not answer
   */
  default void report(String instance, long version) throws SQLException {
    Objects.requireNonNull(instance, "instance");
  }

  /**
   * Takes out an instance that reads no more.
   *
   * @throws SQLException if the store does not answer
   */
  default void withdraw(String instance) throws SQLException {
    Objects.requireNonNull(instance, "instance");
  }
}
