// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Databases of one PostgreSQL with a map of them. Accounts are few and in all of them, so that
 * whoever has another idea of where a key belongs finds it. Items are spread; each has one of the
 * slots of its database.
 */
public final class ShardData {
  /** Databases. */
  static final int SHARDS = 8;

  /** Accounts in each. */
  static final int ACCOUNTS = 10_000;

  private ShardData() {}

  static String shard(int number) {
    return "s" + number;
  }

  /**
   * Fills databases that it creates.
   *
   * @param items of each database
   * @return addresses: of the database with the map, then of the shards
   */
  public static List<String> create(PostgresCluster cluster, int items) throws SQLException {
    List<String> names = new ArrayList<>();
    for (int i = 0; i <= SHARDS; i++) {
      names.add(cluster.createDatabase());
    }
    ShardMap map =
        ShardMap.of(IntStream.range(0, SHARDS).mapToObj(ShardData::shard).toArray(String[]::new));
    ShardMapStore.jdbc(cluster.primary().dataSource(names.get(0))).create(map);
    for (int i = 0; i < SHARDS; i++) {
      try (Connection connection = cluster.primary().dataSource(names.get(i + 1)).getConnection();
          Statement statement = connection.createStatement()) {
        fill(statement, map, i, items);
      }
    }
    return names.stream().map(name -> cluster.primary().jdbcUrl(name)).toList();
  }

  private static void fill(Statement statement, ShardMap map, int shard, int items)
      throws SQLException {
    int[] slots = map.slotsOf(shard(shard)).toArray();
    String array =
        Arrays.stream(slots).mapToObj(Integer::toString).collect(Collectors.joining(","));
    statement.execute("create table account (id bigint primary key, name text not null)");
    statement.execute(
        "insert into account select n, 'account ' || n from generate_series(0, %d) n"
            .formatted(ACCOUNTS - 1));
    statement.execute(
        "create table item (id bigint primary key, slot_id integer not null, v bigint not null,"
            + " name text not null)");
    statement.execute(
        "insert into item select n * %d + %d, (array[%s])[1 + n %% %d], n * %d + %d, 'item ' || n"
                .formatted(SHARDS, shard, array, slots.length, SHARDS, shard)
            + " from generate_series(0, %d) n".formatted(items - 1));
    statement.execute("create index on item (v)");
    statement.execute("vacuum analyze");
    statement.execute("checkpoint");
  }
}
