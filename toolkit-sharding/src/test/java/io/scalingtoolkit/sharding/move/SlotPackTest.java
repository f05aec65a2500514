// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SlotPackTest {

  @Test
  void of_smallSlots_areTogetherUpToTheMost() {
    TreeMap<Integer, Long> counts = new TreeMap<>(Map.of(3, 4L, 5, 6L, 9, 1L, 11, 2L));

    assertThat(SlotPack.of(counts, 10))
        .containsExactly(new SlotPack(SlotSet.of(3, 5), 10), new SlotPack(SlotSet.of(9, 11), 3));
    assertThat(SlotPack.of(counts, 1))
        .extracting(SlotPack::slots)
        .containsExactly(SlotSet.of(3), SlotSet.of(5), SlotSet.of(9), SlotSet.of(11));
  }

  @Test
  void of_largeSlot_isAlone() {
    TreeMap<Integer, Long> counts = new TreeMap<>(Map.of(1, 1L, 2, 11L, 3, 1L));

    assertThat(SlotPack.of(counts, 10))
        .extracting(SlotPack::rows, SlotPack::last)
        .containsExactly(tuple(1L, 1), tuple(11L, 2), tuple(1L, 3));
    assertThat(SlotPack.of(new TreeMap<>(), 10)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POSTGRESQL | 7       | s = 7",
        "POSTGRESQL | 0-4095  | s between 0 and 4095",
        "SQLITE     | 2-4     | s between 2 and 4",
        "POSTGRESQL | 2-3,5   | s in (2, 3, 5)",
        "MYSQL      | 2-4     | s in (2, 3, 4)",
        "MARIADB    | 2-4     | s in (2, 3, 4)",
        "MYSQL      | 2       | s = 2",
      })
  void in_gapOrInnoDb_namesEachSlot(SqlProduct product, String slots, String expected) {
    assertThat(Dialect.in(product, "s", SlotSet.parse(slots))).isEqualTo(expected);
  }
}
