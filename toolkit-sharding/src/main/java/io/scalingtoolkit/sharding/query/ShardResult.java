// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What one shard gave: an answer, or the reason why there is none.
 *
 * <p>Immutable, as far as the answer is.
 *
 * @param <T> the answer
 */
public sealed interface ShardResult<T extends @Nullable Object> {
  /** The name of the shard. */
  String shard();

  /** Whether there is an answer. */
  boolean isSuccess();

  /**
   * The answer.
   *
   * @throws SQLException the reason why there is none
   */
  T value() throws SQLException;

  /**
   * An answer.
   *
   * @param shard the name of the shard
   * @param value what the step gave
   */
  record Success<T extends @Nullable Object>(String shard, T value) implements ShardResult<T> {
    @Override
    public boolean isSuccess() {
      return true;
    }
  }

  /**
   * No answer.
   *
   * @param shard the name of the shard
   * @param cause from the pool, the step or the deadline
   */
  record Failure<T extends @Nullable Object>(String shard, SQLException cause)
      implements ShardResult<T> {
    @Override
    public boolean isSuccess() {
      return false;
    }

    @Override
    public T value() throws SQLException {
      throw cause;
    }
  }
}
