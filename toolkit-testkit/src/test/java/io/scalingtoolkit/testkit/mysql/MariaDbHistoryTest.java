// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MariaDbHistoryTest {
  @Test
  void covers_serverThatIsBehind_isCovered() {
    assertThat(covers("0-1-100,0-2-150", "0-1-100,0-2-120")).isTrue();
    assertThat(covers("0-1-100,0-2-150", "0-1-90")).isTrue();
    assertThat(covers("0-1-100", "")).isTrue();
  }

  @Test
  void covers_oldPrimaryWithRowsOfItsOwn_isNotCovered() {
    assertThat(covers("0-1-100,0-2-150", "0-1-101")).isFalse();
  }

  @Test
  void covers_otherServerOrDomain_isNotCovered() {
    assertThat(covers("0-1-100", "0-3-1")).isFalse();
    assertThat(covers("0-1-100", "1-1-1")).isFalse();
    assertThat(covers("", "0-1-1")).isFalse();
  }

  @Test
  void covers_numbersAboveTheSignedRange_areComparedUnsigned() {
    assertThat(covers("0-1-18446744073709551615", "0-1-1")).isTrue();
    assertThat(covers("0-1-1", "0-1-18446744073709551615")).isFalse();
  }

  @Test
  void parse_serverTwice_keepsTheHigherNumber() {
    assertThat(MariaDbHistory.parse("0-1-5, 0-1-7\n").last()).isEqualTo(Map.of("0-1", 7L));
  }

  @Test
  void parse_otherForm_saysWhatItGot() {
    assertThatThrownBy(() -> MariaDbHistory.parse("0-1-2,0-1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a GTID must have the form domain-server-sequence; got '0-1'");
  }

  @Property
  void covers_everyHistory_coversItselfAndWhatItGrewFrom(
      @ForAll @Size(max = 8) Map<@IntRange(min = 1, max = 20) Integer, @LongRange(min = 1) Long> of,
      @ForAll @IntRange(min = 1, max = 20) int server) {
    Map<Integer, Long> grown = new TreeMap<>(of);
    grown.merge(server, 1L, (old, one) -> old == Long.MAX_VALUE ? old : old + one);

    assertThat(covers(text(of), text(of))).isTrue();
    assertThat(covers(text(grown), text(of))).isTrue();
    assertThat(covers(text(of), text(grown))).isEqualTo(grown.equals(of));
  }

  private static String text(Map<Integer, Long> history) {
    return history.entrySet().stream()
        .map(entry -> "0-" + entry.getKey() + "-" + entry.getValue())
        .collect(Collectors.joining(","));
  }

  private static boolean covers(String mine, String other) {
    return MariaDbHistory.parse(mine).covers(MariaDbHistory.parse(other));
  }
}
