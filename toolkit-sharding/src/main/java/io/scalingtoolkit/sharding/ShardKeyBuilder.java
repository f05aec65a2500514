// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.ShardingKey;
import java.sql.ShardingKeyBuilder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values of a key, one after the other; confined to one thread. */
final class ShardKeyBuilder implements ShardingKeyBuilder {
  private final List<@Nullable Object> values = new ArrayList<>();

  @Override
  public ShardingKeyBuilder subkey(@Nullable Object value, SQLType type) {
    values.add(value);
    return this;
  }

  @Override
  public ShardingKey build() throws SQLException {
    try {
      List<ShardKey> keys = new ArrayList<>();
      for (Object value : values) {
        keys.add(ShardKey.of(value));
      }
      if (keys.isEmpty()) {
        throw new SQLException("a sharding key must have at least one value", "TK001");
      }
      return keys.size() == 1
          ? keys.get(0)
          : ShardKey.composite(keys.get(0), keys.subList(1, keys.size()).toArray(new ShardKey[0]));
    } catch (IllegalArgumentException e) {
      throw new SQLException(e.getMessage(), "TK001", e);
    }
  }
}
