// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.unique.UniqueKeys;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/**
 * Makes a database a shard: it gets the tables of unique names, and triggers that refuse rows of
 * slots it has not got. A migration, so that of several processes that start one does it.
 * Immutable.
 */
final class GuardMigration implements JavaMigration {

  private static final int EDITION = 1;

  private final DataSource shard;
  private final String name;
  private final MapSource map;

  /** Reads the current map. */
  interface MapSource {
    ShardMap current() throws SQLException;
  }

  GuardMigration(DataSource shard, String name, MapSource map) {
    this.shard = shard;
    this.name = name;
    this.map = map;
  }

  /** None: it runs after the others, and again in another edition. */
  @Override
  public @Nullable MigrationVersion getVersion() {
    return null;
  }

  @Override
  public String getDescription() {
    return "slot guard";
  }

  @Override
  public Integer getChecksum() {
    return EDITION;
  }

  @Override
  public boolean canExecuteInTransaction() {
    return false;
  }

  /** On connections of its own: Flyway's keeps the others out meanwhile. */
  @Override
  public void migrate(Context context) throws SQLException {
    UniqueKeys.create(shard);
    ShardedTables.guard().install(shard, name, map.current());
  }
}
