// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What is read at each shard.
 *
 * <p>Several threads run it at once, one per shard, and it runs again for all shards when slots
 * moved meanwhile. It only reads: its transaction is rolled back.
 *
 * @param <T> the answer, which must not need the connection any more
 */
@FunctionalInterface
public interface ShardStep<T extends @Nullable Object> {
  /**
   * Reads.
   *
   * @param connection in a transaction; is closed afterwards, also by the deadline
   * @param slice which rows of the shard count; {@link ShardSlice#sql} writes that into a query
   * @throws SQLException if the shard fails
   */
  T run(Connection connection, ShardSlice slice) throws SQLException;
}
