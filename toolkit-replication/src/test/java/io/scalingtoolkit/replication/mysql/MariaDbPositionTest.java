// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.mysql;

import static io.scalingtoolkit.replication.internal.PositionLaws.assertGolden;
import static io.scalingtoolkit.replication.internal.PositionLaws.assertRefused;
import static io.scalingtoolkit.replication.internal.PositionLaws.bookmark;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.consistency.PositionType;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MariaDbPositionTest {
  private static final PositionType TYPE = new MariaDbPosition.Type();

  private static MariaDbPosition parse(String text) {
    return MariaDbPosition.parse(text);
  }

  private static String domains(int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(domain -> domain + "-1-1")
        .collect(Collectors.joining(","));
  }

  @Test
  void parse_idsOfSeveralDomains_keepsTheHighestNumberOfEach() {
    MariaDbPosition position = parse(" 1-3-77,\n0-10241-5 ,0-2-4");

    assertThat(position).isEqualTo(parse("0-1-5,1-1-77")).hasToString("maria 0:5,1:77");
    assertThat(position.domainCount()).isEqualTo(2);
    assertThat(position.sequence(0)).isEqualTo(5);
    assertThat(position.sequence(1)).isEqualTo(77);
    assertThat(position.sequence(2)).isZero();
  }

  @Test
  void parse_largestNumbers_areUnsigned() {
    MariaDbPosition position = parse("4294967295-4294967295-18446744073709551615");

    assertThat(position.sequence(-1)).isEqualTo(-1);
    assertThat(position).isEqualTo(MariaDbPosition.of(-1, -1));
    assertThat(position.covers(parse("4294967295-1-9223372036854775807"))).isTrue();
  }

  @Test
  void parse_nothingOrNumberZero_isEmpty() {
    assertThat(parse("")).isEqualTo(MariaDbPosition.empty()).hasToString("maria");
    assertThat(parse(" \n")).isEqualTo(MariaDbPosition.empty());
    assertThat(parse("3-1-0")).isEqualTo(MariaDbPosition.empty());
    assertThat(MariaDbPosition.of(3, 0)).isEqualTo(MariaDbPosition.empty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "0-1",
        "0-1-2-3",
        "0-1-",
        "-1-1",
        "0-1-2,",
        ",",
        "+0-1-2",
        "0-1-+2",
        "0--1-2",
        "4294967296-1-1",
        "0-4294967296-1",
        "0-1-18446744073709551616",
        "a-1-1",
        "0 -1-1"
      })
  void parse_anythingElse_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse(text))
        .withMessage(
            "MariaDB position must be ids such as 0-10241-5 between commas, was \"%s\"", text);
  }

  @Test
  void parse_moreThan64Domains_isRefused() {
    assertThat(parse(domains(0, 64)).domainCount()).isEqualTo(64);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse(domains(0, 65)))
        .withMessage("MariaDB position must have at most 64 domains, has 65");
  }

  @Test
  void covers_everyDomainOfTheOther_isNeeded() {
    assertThat(parse("0-1-5,1-1-7").covers(parse("0-2-5"))).isTrue();
    assertThat(parse("0-1-5,1-1-7").covers(parse("0-2-6"))).isFalse();
    assertThat(parse("0-1-5").covers(parse("0-1-5,1-1-1"))).isFalse();
    assertThat(MariaDbPosition.empty().covers(MariaDbPosition.empty())).isTrue();
    assertThat(MariaDbPosition.empty().covers(parse("0-1-1"))).isFalse();
    assertThat(parse("0-1-1").covers(MariaDbPosition.empty())).isTrue();
    assertThat(parse("0-1-1").covers(Position.unresolved())).isFalse();
    assertThat(parse("0-1-1").covers(MySqlPosition.empty())).isFalse();
  }

  @Test
  void merge_ofTwo_isTheHigherNumberOfEachDomain() {
    assertThat(parse("0-1-5,1-1-7").merge(parse("0-1-6,2-1-1")))
        .isEqualTo(parse("0-1-6,1-1-7,2-1-1"));
    assertThat(parse("0-1-5").merge(MySqlPosition.empty())).isSameAs(Position.unresolved());
  }

  @Test
  void merge_pastTheBoundOnDomains_isUnresolved() {
    MariaDbPosition half = parse(domains(0, 40));

    assertThat(half.merge(parse(domains(24, 40)))).isEqualTo(parse(domains(0, 64)));
    assertThat(half.merge(parse(domains(25, 40)))).isSameAs(Position.unresolved());
  }

  // Clients hold bookmarks across an upgrade: another encoding needs another tag.
  @Test
  void encode_goldenPositions_areUnchanged() {
    assertGolden(TYPE, MariaDbPosition.empty(), "");
    assertGolden(TYPE, parse("0-10241-5,1-3-77"), "0005014d");
    assertGolden(TYPE, parse("300-1-1000000"), "ac02c0843d");
    assertGolden(TYPE, MariaDbPosition.of(-1, -1), "ffffffff0fffffffffffffffffff01");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00", // no number
        "0000", // number 0
        "00010001", // one domain twice
        "01010001", // domains descend
        "008100", // number longer than needed
        "808080801001", // domain of 33 bits
        "ffffffffffffffffff0101", // domain that is negative as a long
        "000101"
      })
  void decode_whatNoPositionEncodesTo_isRefused(String hex) {
    assertRefused(TYPE, hex);
  }

  @Test
  void decode_moreThan64Domains_isRefused() {
    StringBuilder hex = new StringBuilder();
    for (int domain = 0; domain < 64; domain++) {
      hex.append(String.format("%02x01", domain));
    }

    assertGolden(TYPE, parse(domains(0, 64)), hex.toString());
    assertRefused(TYPE, hex + "4001");
  }

  @Test
  void bookmark_ofTwoDomains_takesAtMost200Characters() {
    Position largest = MariaDbPosition.of(-1, -1).merge(MariaDbPosition.of(-2, -1));

    assertThat(bookmark(largest)).hasSize(108);
    assertThat(bookmark(parse("0-1-1000000,1-1-2000000"))).hasSize(79);
    assertThat(bookmark(MariaDbPosition.empty())).hasSize(68);
  }
}
