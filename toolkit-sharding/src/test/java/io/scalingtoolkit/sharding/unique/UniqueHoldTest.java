// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** Values for a transaction that somebody else begins and commits. */
class UniqueHoldTest {
  private static final String ADA = "ada@example.org";

  private Accounts accounts;
  private UniqueKeys unique;

  @BeforeEach
  void open(@TempDir Path folder) throws SQLException {
    AtomicInteger files = new AtomicInteger();
    accounts =
        new Accounts(
            null,
            () -> {
              SQLiteDataSource database = new SQLiteDataSource();
              database.setUrl("jdbc:sqlite:" + folder.resolve(files.incrementAndGet() + ".db"));
              return database;
            },
            16,
            2,
            2);
    unique = accounts.unique();
  }

  @AfterEach
  void close() {
    accounts.close();
  }

  private UniqueHold hold(long id) throws SQLException {
    return unique.change(ShardKey.of(id)).take(Accounts.email(ADA)).hold();
  }

  /** As a transaction of Spring would; the answer to the commit may be lost. */
  private void insert(UniqueHold hold, long id) throws SQLException {
    try (Connection connection =
        accounts.shards.createConnectionBuilder().shardingKey(ShardKey.of(id)).build()) {
      connection.setAutoCommit(false);
      hold.use(connection);
      accounts.insert(connection, id, ADA);
      connection.commit();
    }
  }

  @Test
  void close_committed_isTheOwners() throws SQLException {
    try (UniqueHold hold = hold(1)) {
      insert(hold, 1);
      hold.committed();
    }

    assertThat(unique.find(Accounts.email(ADA))).contains(ShardKey.of(1));
    accounts.assertSettled();
  }

  @Test
  void close_answerToTheCommitLost_isTheOwnersAllTheSame() throws SQLException {
    try (UniqueHold hold = hold(1)) {
      insert(hold, 1);
    }

    assertThatThrownBy(() -> accounts.signUp(unique, 2, ADA))
        .isInstanceOf(ValueTakenException.class);
    accounts.assertSettled();
  }

  @Test
  void close_neverUsed_isFreeAtOnce() throws SQLException {
    UniqueHold hold = hold(1);
    assertThatThrownBy(() -> accounts.signUp(unique, 2, ADA))
        .isInstanceOf(ValueTakenException.class);

    hold.close();
    hold.close();

    accounts.signUp(unique, 2, ADA);
    accounts.assertSettled();
  }

  @Test
  void close_rolledBack_isFreeAtOnce() throws SQLException {
    try (UniqueHold hold = hold(1);
        Connection connection =
            accounts.shards.createConnectionBuilder().shardingKey(ShardKey.of(1)).build()) {
      connection.setAutoCommit(false);
      hold.use(connection);
      connection.rollback();
      hold.rolledBack();
    }

    accounts.signUp(unique, 2, ADA);
    accounts.assertSettled();
  }

  @Test
  void close_rolledBackWithoutSayingSo_isFreeAsTheShardKnows() throws SQLException {
    try (UniqueHold hold = hold(1)) {
      try (Connection connection =
          accounts.shards.createConnectionBuilder().shardingKey(ShardKey.of(1)).build()) {
        connection.setAutoCommit(false);
        hold.use(connection);
        connection.rollback();
      }
    }

    accounts.signUp(unique, 2, ADA);
    accounts.assertSettled();
  }
}
