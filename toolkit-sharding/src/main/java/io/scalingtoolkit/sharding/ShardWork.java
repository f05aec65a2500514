// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What is done in one transaction at one shard. It may be run again from its beginning, so it
 * should have no effects outside the transaction.
 *
 * @param <T> what it gives
 */
@FunctionalInterface
public interface ShardWork<T extends @Nullable Object> {
  /**
   * Does it.
   *
   * @param connection in a transaction; not to be closed, committed or rolled back
   * @throws SQLException passed on to the caller, unless it says that the slot has moved
   */
  T run(Connection connection) throws SQLException;
}
