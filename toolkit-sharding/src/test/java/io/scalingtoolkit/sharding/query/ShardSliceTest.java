// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShardSliceTest {
  private static ShardSlice slice(SlotSet slots) {
    return new ShardSlice("s", slots, "slot_id", 1);
  }

  /** From scattered single slots to a few long ranges, and more ranges than go one by one. */
  @Test
  void condition_randomSlots_holdsForThemOnly() throws SQLException {
    Random random = new Random(7);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "create table t as with recursive n (slot_id) as (select 0 union all select slot_id + 1"
              + " from n where slot_id < 4095) select slot_id from n");
      for (int round = 0; round < 40; round++) {
        int turn = 1 + random.nextInt(20);
        boolean[] on = {random.nextBoolean()};
        int[] slots =
            IntStream.range(0, 4096)
                .filter(slot -> (on[0] = (random.nextInt(turn) == 0) != on[0]))
                .toArray();
        List<Integer> found = new ArrayList<>();
        try (ResultSet rows =
            statement.executeQuery(
                slice(SlotSet.of(slots))
                    .sql("select slot_id from t where {slots} order by slot_id"))) {
          while (rows.next()) {
            found.add(rows.getInt(1));
          }
        }
        assertThat(found).isEqualTo(IntStream.of(slots).boxed().toList());
      }
    }
  }

  @Test
  void condition_noSlots_holdsForNone() {
    assertThat(slice(SlotSet.of()).condition("a")).isEqualTo("(1 = 0)");
  }

  @Test
  void sql_noPlaceholder_isRefused() {
    assertThatThrownBy(() -> slice(SlotSet.of(1)).sql("select 1")).hasMessageContaining("{slots}");
  }
}
