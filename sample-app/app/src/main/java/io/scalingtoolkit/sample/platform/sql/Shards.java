// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.sample.platform.ops.StartRefusedException;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.move.MoveOptions;
import io.scalingtoolkit.sharding.move.Mover;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The shards as databases: their schema, their guards and the map. Thread-safe. */
final class Shards {

  static final MoveOptions OPTIONS = MoveOptions.DEFAULT.withGroupSize(256);

  private static final Logger LOG = LoggerFactory.getLogger(Shards.class);

  private final ShardPools pools;
  private final SlotMigration slots;
  private final List<String> locations;

  Shards(ShardPools pools, SlotMigration slots, List<String> locations) {
    this.pools = pools;
    this.slots = slots;
    this.locations = List.copyOf(locations);
  }

  /** The shards of the settings. */
  List<String> names() {
    return pools.names();
  }

  /** How many changes of rows that move a shard has noted, and nobody has carried over yet. */
  long waiting(String name) {
    return JdbcClient.create(pools.shard(name).writer())
        .sql("SELECT count(*) FROM tk_log")
        .query(Long.class)
        .single();
  }

  /** The database with the map, which is the first shard. */
  DataSource control() {
    return pools.shard(pools.names().get(0)).writer();
  }

  /**
   * Makes schema, guard and, at the first start, the map. A shard that the map does not name gets
   * all but rows.
   *
   * @throws StartRefusedException with one line that says why not
   */
  void prepare() {
    try {
      for (String name : pools.names()) {
        migrate(name);
      }
    } catch (SQLException | FlywayException e) {
      throw new StartRefusedException(
          "the shards (app.database.shards) cannot be prepared: " + e.getMessage(), e);
    }
  }

  /** A mover over the primaries of all shards. */
  Mover.Builder mover() {
    Mover.Builder mover = Mover.builder(control(), ShardedTables.guard()).options(OPTIONS);
    pools.names().forEach(name -> mover.shard(name, pools.shard(name).writer()));
    return mover;
  }

  /** Makes a first one over all shards if there is none; not before the schema of the first. */
  private ShardMap map() throws SQLException {
    ShardMapStore store = ShardMapStore.jdbc(control());
    if (store.create(ShardMap.of(pools.names().toArray(String[]::new)))) {
      LOG.info("shards.first: the users are spread over {}", pools.names());
    }
    return store.load();
  }

  private void migrate(String name) throws SQLException {
    DataSource primary = pools.shard(name).writer();
    String vendor = vendor(primary);
    var unused =
        Flyway.configure()
            .dataSource(primary)
            .locations(
                locations.stream()
                    .map(each -> each.replace("{vendor}", vendor))
                    .toArray(String[]::new))
            .javaMigrations(slots, new GuardMigration(primary, name, this::map))
            .load()
            .migrate();
  }

  private static String vendor(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection()) {
      return connection.getMetaData().getDatabaseProductName().toLowerCase(Locale.ROOT);
    }
  }
}
