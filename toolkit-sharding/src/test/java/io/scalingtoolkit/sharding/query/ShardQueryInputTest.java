// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import static io.scalingtoolkit.sharding.query.SortColumn.ascending;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a query over all shards does not take. */
@Timeout(60)
class ShardQueryInputTest {
  private static final String INSERT = "insert into item (slot_id, id, name) values (?, ?, ?)";
  private static final String FOREVER =
      "with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n";
  private static final String IDS = "select id from item where {slots} order by id";
  private SqliteShards setup;

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

  private ShardQuery.Builder query() {
    return ShardQuery.builder(setup.shards);
  }

  @Test
  void groupedBy_columnThatIsNeither_isRefused() {
    assertThatThrownBy(
            () ->
                SqliteShards.all(
                    query()
                        .build()
                        .groupedBy(ascending(1))
                        .run(
                            "select id, count(*) from item where {slots} group by id order by id")))
        .hasMessage("column 2 is neither a key nor combined");
  }

  @Test
  void page_keyNotUnique_isRefused() throws SQLException {
    int slot = setup.shards.map().slotsOf("s0").toArray()[0];
    setup.insertAt("s0", INSERT, slot, slot * 10, "again");
    OrderedQuery pages = query().build().orderedBy(ascending(1).named("id")).limit(100);

    assertThatThrownBy(
            () ->
                pages.page(
                    null,
                    "select id from item where {slots} and {after} order by id limit {limit}"))
        .hasMessageContaining("unique");
  }

  @Test
  void builder_outOfRange_namesIt() {
    assertThatThrownBy(() -> query().parallelism(0)).hasMessageContaining("parallelism");
    assertThatThrownBy(() -> query().fetchSize(100_001)).hasMessageContaining("fetchSize");
    assertThatThrownBy(() -> query().deadline(Duration.ZERO)).hasMessageContaining("deadline");
  }
}
