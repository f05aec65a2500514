// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import io.scalingtoolkit.sharding.move.ShardedTable;
import io.scalingtoolkit.sharding.move.SlotGuard;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Accounts over shards, each with an e-mail address that only one may have, and a name as well. */
final class Accounts implements AutoCloseable {
  static final SlotGuard GUARD =
      SlotGuard.of(
          Stream.concat(
                  Stream.of(ShardedTable.of("account", "id", ShardedTable.KeyType.INTEGER)),
                  UniqueKeys.tables().stream())
              .toList());

  final Map<String, DataSource> databases = new LinkedHashMap<>();
  final ShardMapStore store;
  final ShardMap first;
  final ShardedDataSource shards;

  /** The first so many shards have all the slots; the others none yet. */
  Accounts(
      DataSource control, Supplier<? extends DataSource> database, int slots, int filled, int all)
      throws SQLException {
    List<Shard> used = new ArrayList<>();
    for (int i = 1; i <= filled; i++) {
      used.add(Shard.of("s" + i));
    }
    ShardMap map = ShardMap.of(SlotStrategy.hash(slots), used);
    for (int i = filled + 1; i <= all; i++) {
      map = map.withShard(Shard.of("s" + i));
    }
    first = map;
    store = control == null ? ShardMapStore.inMemory(map) : ShardMapStore.jdbc(control);
    if (control != null) {
      store.create(map);
    }
    // Without a control database it is the test that says when the map is read.
    var builder =
        control == null
            ? ShardedDataSource.builder(store)
                .readLease(Duration.ofHours(1))
                .refreshInterval(Duration.ofMinutes(30))
            : ShardedDataSource.builder(store).refreshInterval(Duration.ofMillis(100));
    for (int i = 1; i <= all; i++) {
      DataSource shard = database.get();
      UniqueKeys.create(shard);
      try (Connection connection = shard.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "create table account (id bigint not null primary key, slot_id integer not null, email"
                + " varchar(100) not null, name varchar(100))");
        statement.execute("create index account_slot on account (slot_id, id)");
      }
      GUARD.install(shard, "s" + i, map);
      databases.put("s" + i, shard);
      builder.shard("s" + i, shard);
    }
    shards = builder.build();
  }

  static UniqueValue email(String text) {
    return new UniqueValue("email", text);
  }

  static UniqueValue name(String text) {
    return new UniqueValue("name", text);
  }

  UniqueKeys unique() {
    return UniqueKeys.of(shards, Duration.ofDays(1));
  }

  void insert(Connection connection, long id, String email) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into account (id, slot_id, email) values (?, ?, ?)")) {
      insert.setLong(1, id);
      insert.setInt(2, shards.map().slotOf(id));
      insert.setString(3, email);
      insert.executeUpdate();
    }
  }

  int delete(Connection connection, long id) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("delete from account where id = ?")) {
      delete.setLong(1, id);
      return delete.executeUpdate();
    }
  }

  int rename(Connection connection, long id, String email) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("update account set email = ? where id = ?")) {
      update.setString(1, email);
      update.setLong(2, id);
      return update.executeUpdate();
    }
  }

  /** Signs up; the work of most tests. */
  void signUp(UniqueKeys unique, long id, String email) throws SQLException {
    boolean unused =
        unique
            .change(ShardKey.of(id))
            .take(email(email))
            .run(
                connection -> {
                  insert(connection, id, email);
                  return true;
                });
  }

  /** The accounts by e-mail address; fails where two have the same. */
  Map<String, Long> accounts() throws SQLException {
    Map<String, Long> found = new TreeMap<>();
    for (Map.Entry<String, DataSource> shard : databases.entrySet()) {
      try (Connection connection = shard.getValue().getConnection();
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("select email, id from account")) {
        while (rows.next()) {
          Long other = found.put(rows.getString(1), rows.getLong(2));
          if (other != null) {
            throw new AssertionError(
                rows.getString(1) + " is the address of " + other + " and " + rows.getLong(2));
          }
        }
      }
    }
    return found;
  }

  /** Rows of a table over all shards, as text. */
  List<String> rows(String query) throws SQLException {
    List<String> found = new ArrayList<>();
    for (DataSource shard : databases.values()) {
      try (Connection connection = shard.getConnection();
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(query)) {
        while (rows.next()) {
          found.add(rows.getString(1));
        }
      }
    }
    return found;
  }

  /**
   * Each address of an account is confirmed for it, nothing else is taken, nothing is left to do.
   */
  void assertSettled() throws SQLException {
    Map<String, Long> accounts = accounts();
    Set<String> expected = new TreeSet<>();
    for (String email : accounts.keySet()) {
      expected.add(email(email).digest() + "CONFIRMED");
    }
    List<String> taken = rows("select " + concat() + " from tk_unique");
    assertThat(taken).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(taken)).isEqualTo(expected);
    assertThat(rows("select reservation_id from tk_reservation where outcome = 'RELEASED'"))
        .isEmpty();
    UniqueKeys unique = unique();
    for (Map.Entry<String, Long> account : accounts.entrySet()) {
      assertThat(unique.find(email(account.getKey()))).contains(ShardKey.of(account.getValue()));
    }
  }

  private String concat() throws SQLException {
    try (Connection connection = databases.values().iterator().next().getConnection()) {
      boolean mysql = !connection.getMetaData().getIdentifierQuoteString().equals("\"");
      return mysql ? "concat(value_hash, state)" : "value_hash || state";
    }
  }

  @Override
  public void close() {
    shards.close();
  }
}
