// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

class JdbcShardMapStoreTest {
  @TempDir Path folder;

  private SQLiteDataSource database(String url) {
    SQLiteDataSource database = new SQLiteDataSource();
    database.setUrl(url);
    return database;
  }

  @Test
  void load_databaseThatNobodyPrepared_saysThatThereIsNoMap() throws SQLException {
    ShardMapStore store = ShardMapStore.jdbc(database("jdbc:sqlite:" + folder.resolve("control")));

    assertThatThrownBy(store::load)
        .hasMessage("the control database has no shard map yet; create one")
        .extracting(problem -> ((SQLException) problem).getSQLState())
        .isEqualTo("TK003");
    assertThatThrownBy(() -> store.report("me", 1))
        .extracting(problem -> ((SQLException) problem).getSQLState())
        .isEqualTo("TK003");
    assertThat(store.create(ShardMap.of("s1"))).isTrue();
    assertThat(store.load()).isEqualTo(ShardMap.of("s1"));
  }

  @Test
  void load_databaseThatIsAway_failsWithItsOwnProblem() {
    ShardMapStore store =
        ShardMapStore.jdbc(database("jdbc:sqlite:" + folder.resolve("no/folder/control")));

    assertThatThrownBy(store::load)
        .isInstanceOf(SQLException.class)
        .hasMessageNotContaining("no shard map");
  }
}
