// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Four shards with a table of items, one a slot; whatever a query took must be given back. */
abstract class ItemShards {
  static final String INSERT = "insert into item (slot_id, id, name) values (?, ?, ?)";
  static final String FOREVER =
      "with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n";
  static final String IDS = "select id from item where {slots} order by id";
  SqliteShards setup;

  @BeforeEach
  void setUp() throws SQLException {
    setup = new SqliteShards(4, 1, "create table item (slot_id int, id int, name text)");
    for (int slot = 0; slot < SqliteShards.SLOTS; slot++) {
      setup.insert(INSERT, slot, slot * 10, "name " + slot);
    }
  }

  @AfterEach
  void tearDown() throws SQLException {
    await().until(() -> setup.open() == 0);
    for (SqliteShards.Pool pool : setup.pools.values()) {
      assertThat(pool.permits.availablePermits()).isOne();
    }
    setup.close();
  }

  final ShardQuery.Builder query() {
    return ShardQuery.builder(setup.shards);
  }
}
