// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.ShardMap;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;

/** Customers and their orders: two tables with a foreign key, sharded by the customer. */
final class Shop {
  static final SlotGuard GUARD =
      SlotGuard.of(
          ShardedTable.of("customer", "id", ShardedTable.KeyType.INTEGER),
          ShardedTable.of("purchase", "customer_id", ShardedTable.KeyType.INTEGER));

  private Shop() {}

  static void create(DataSource shard) throws SQLException {
    try (Connection connection = shard.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "create table customer (id bigint not null primary key, slot_id integer not null, name"
              + " varchar(100) not null, version bigint not null)");
      statement.execute("create index customer_slot on customer (slot_id, id)");
      statement.execute(
          "create table purchase (customer_id bigint not null, number bigint not null, slot_id"
              + " integer not null, cents bigint not null, primary key (customer_id, number),"
              + " foreign key (customer_id) references customer (id))");
      statement.execute("create index purchase_slot on purchase (slot_id, customer_id, number)");
    }
  }

  static void insert(Connection connection, int slot, long id) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into customer (id, slot_id, name, version) values (?, ?, ?, 0)")) {
      insert.setLong(1, id);
      insert.setInt(2, slot);
      insert.setString(3, "customer " + id);
      insert.executeUpdate();
    }
  }

  static int touch(Connection connection, long id, long version) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("update customer set version = ? where id = ?")) {
      update.setLong(1, version);
      update.setLong(2, id);
      return update.executeUpdate();
    }
  }

  static void buy(Connection connection, int slot, long id, long number) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into purchase (customer_id, number, slot_id, cents) values (?, ?, ?, ?)")) {
      insert.setLong(1, id);
      insert.setLong(2, number);
      insert.setInt(3, slot);
      insert.setLong(4, number * 7);
      insert.executeUpdate();
    }
  }

  static int cancel(Connection connection, long id, long number) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("delete from purchase where customer_id = ? and number = ?")) {
      delete.setLong(1, id);
      delete.setLong(2, number);
      return delete.executeUpdate();
    }
  }

  /** Fills the shards by the map, so many customers with one purchase each. */
  static void fill(ShardMap map, Map<String, ? extends DataSource> shards, int customers)
      throws SQLException {
    for (Map.Entry<String, ? extends DataSource> shard : shards.entrySet()) {
      try (Connection connection = shard.getValue().getConnection()) {
        connection.setAutoCommit(false);
        for (long id = 0; id < customers; id++) {
          int slot = map.slotOf(id);
          if (map.shardOf(slot).equals(shard.getKey())) {
            insert(connection, slot, id);
            buy(connection, slot, id, 0);
          }
        }
        connection.commit();
      }
    }
  }

  /** The rows of a table as text, by primary key; fails where a key is in two shards. */
  static Map<String, String> rows(String table, List<? extends DataSource> shards)
      throws SQLException {
    Map<String, String> rows = new TreeMap<>();
    found(table, shards)
        .forEach(
            (key, there) -> {
              if (there.size() > 1) {
                throw new AssertionError(table + ' ' + key + " is in two shards");
              }
              rows.put(key, there.get(0));
            });
    return rows;
  }

  /** The rows of a table as text, by primary key, in however many shards they are. */
  static Map<String, List<String>> found(String table, List<? extends DataSource> shards)
      throws SQLException {
    Map<String, List<String>> found = new TreeMap<>();
    for (DataSource shard : shards) {
      try (Connection connection = shard.getConnection();
          Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  table.equals("customer")
                      ? "select id, slot_id, name, version from customer"
                      : "select customer_id, number, slot_id, cents from purchase")) {
        while (rows.next()) {
          String key =
              table.equals("customer")
                  ? rows.getString(1)
                  : rows.getString(1) + '/' + rows.getString(2);
          String row =
              rows.getString(1)
                  + '|'
                  + rows.getString(2)
                  + '|'
                  + rows.getString(3)
                  + '|'
                  + rows.getString(4);
          found.computeIfAbsent(key, none -> new ArrayList<>()).add(row);
        }
      }
    }
    return found;
  }

  static ShardKey key(long id) {
    return ShardKey.of(id);
  }

  /** The slot of a customer, by the current map. */
  static int slot(ShardedDataSource shards, long id) {
    return shards.map().slotOf(id);
  }
}
