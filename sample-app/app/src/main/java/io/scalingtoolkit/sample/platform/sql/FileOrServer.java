// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.sharding.ShardScope;
import io.scalingtoolkit.sharding.ShardedDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * The database of phase 1: a SQLite file and, while its users move to a server and after that, the
 * two of them as shards. All users are at one of them at any time. Thread-safe.
 */
final class FileOrServer extends AbstractDataSource {

  private final DataSource file;
  private volatile @Nullable Both both;

  /**
   * The two of them.
   *
   * @param shards leads to where the users are
   * @param session what this process has written and seen on the server: it is the only one that
   *     writes, so a replica that has that much has what any user has seen
   */
  record Both(ShardedDataSource shards, ConsistencyScope session) {

    /** The name of the one that has the users. */
    String owner() {
      return shards.map().shardOf(0);
    }
  }

  FileOrServer(DataSource file) {
    this.file = file;
  }

  /** The file alone. */
  DataSource file() {
    return file;
  }

  /** The two of them; null while there is no server. */
  @Nullable Both both() {
    return both;
  }

  /** Sets what leads to the users from now on; null for the file. Transactions under way go on. */
  void use(@Nullable Both next) {
    both = next;
  }

  /** Where the users of the current transaction are or, without one, where all are. */
  @Override
  public Connection getConnection() throws SQLException {
    Both now = both;
    if (now == null) {
      return file.getConnection();
    }
    return ShardScope.current() == null
        ? now.shards().shard(now.owner()).getConnection()
        : now.shards().getConnection();
  }

  /** Not supported: the pools know who connects. */
  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("user and password are set at the pools");
  }
}
