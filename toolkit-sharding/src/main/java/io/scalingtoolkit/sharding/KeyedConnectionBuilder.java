// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding;

import java.sql.Connection;
import java.sql.ConnectionBuilder;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.ShardingKey;
import org.jspecify.annotations.Nullable;

/** What JDBC lets one say before a connection is made; confined to one thread. */
final class KeyedConnectionBuilder implements ConnectionBuilder {
  private final ShardedDataSource source;
  private @Nullable ShardingKey key;
  private @Nullable ShardingKey superKey;
  private boolean userGiven;

  KeyedConnectionBuilder(ShardedDataSource source) {
    this.source = source;
  }

  @Override
  public ConnectionBuilder user(String username) {
    userGiven = true;
    return this;
  }

  @Override
  public ConnectionBuilder password(String password) {
    userGiven = true;
    return this;
  }

  @Override
  public ConnectionBuilder shardingKey(ShardingKey shardingKey) {
    key = shardingKey;
    return this;
  }

  @Override
  public ConnectionBuilder superShardingKey(ShardingKey superShardingKey) {
    superKey = superShardingKey;
    return this;
  }

  @Override
  public Connection build() throws SQLException {
    if (userGiven) {
      throw new SQLFeatureNotSupportedException(
          "user and password are set at the pool of each shard");
    }
    ShardConnection.requireNoSuperKey(superKey);
    return source.connect(ShardedDataSource.key(key));
  }
}
