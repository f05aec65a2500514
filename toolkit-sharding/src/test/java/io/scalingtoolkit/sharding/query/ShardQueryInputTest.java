// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import static io.scalingtoolkit.sharding.query.SortColumn.ascending;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a query over all shards does not take. */
@Timeout(60)
class ShardQueryInputTest extends ItemShards {
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
