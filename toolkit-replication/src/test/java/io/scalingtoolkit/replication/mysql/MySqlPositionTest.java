// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.mysql;

import static io.scalingtoolkit.replication.internal.PositionLaws.assertGolden;
import static io.scalingtoolkit.replication.internal.PositionLaws.assertRefused;
import static io.scalingtoolkit.replication.internal.PositionLaws.bookmark;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.consistency.PositionType;
import java.util.BitSet;
import java.util.Locale;
import java.util.Random;
import java.util.StringJoiner;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MySqlPositionTest {
  private static final PositionType TYPE = new MySqlPosition.Type();
  private static final String A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
  private static final String A_HEX = "3e11fa4771ca11e19e33c80aa9429562";
  private static final String B = "ffffffff-0000-0000-0000-000000000000";
  private static final String B_HEX = "ffffffff000000000000000000000000";

  private static MySqlPosition parse(String text) {
    return MySqlPosition.parse(text);
  }

  /** As the server prints it: {@code mysql> SELECT @@gtid_executed}, one source a line. */
  @Test
  void parse_whatMySqlPrints_isRead() {
    assertThat(parse(A + ":1-5:7,\n" + B + ":1")).hasToString(A + ":1-5:7," + B + ":1");
    assertThat(parse(A + ":1-3:domain_1:15-21:domain_2:8-52"))
        .isEqualTo(parse(A + ":1-3," + A + ":domain_2:8-52," + A + ":domain_1:15-21"))
        .hasToString(A + ":1-3," + A + ":domain_1:15-21," + A + ":domain_2:8-52");
    assertThat(parse(" " + A.toUpperCase(Locale.ROOT) + " : 1 - 5 : TAG : 7 ,"))
        .isEqualTo(parse(A + ":1-5:tag:7"));
    assertThat(parse("")).isEqualTo(MySqlPosition.empty());
    assertThat(parse("\n").isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "1-5:6, 1-6",
    "6:1-5, 1-6",
    "1-5:3-4, 1-5",
    "1-5:3-9, 1-9",
    "1-5:7, 1-5:7",
    "7:1-5:6, 1-7",
    "3:3:3, 3",
    "9:7:5:3, 3:5:7:9"
  })
  void parse_intervalsThatTouchOrOverlap_areJoined(String text, String joined) {
    assertThat(parse(A + ":" + text)).hasToString(A + ":" + joined);
  }

  @Test
  void of_oneTransaction_isASetOfOne() {
    assertThat(MySqlPosition.of(UUID.fromString(A), 17)).isEqualTo(parse(A + ":17"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MySqlPosition.of(UUID.fromString(A), 0))
        .withMessage("interval must run upwards from 1 or more to at most 2^63-2, was 0-0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        A,
        A + ":",
        A + ":0",
        A + ":0-3",
        A + ":5-3",
        A + ":1-",
        A + ":-1",
        A + ":+1",
        A + ":1-2-3",
        A + ":9223372036854775807",
        A + ":99999999999999999999",
        A + ":tag",
        A + ":tag:",
        A + ":1:tag",
        A + ":tag:tag:1",
        A + ":t-g:1",
        A + "::1",
        A + ":1,x",
        "3e11fa4771ca11e19e33c80aa9429562:1",
        "3e11fa47-71ca-11e1-9e33-c80aa942956:1",
        "3e11fa47-71ca-11e1-9e33-c80aa942956g:1",
        A + ":a23456789012345678901234567890123:1"
      })
  void parse_anythingElse_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse(text))
        .withMessageStartingWith("GTID set must be like ")
        .withMessageContaining("was \"" + text + "\"");
  }

  @Test
  void parse_moreThan1024Sources_isRefused() {
    StringJoiner text = new StringJoiner(",");
    for (int i = 0; i <= MySqlPosition.MAX_SOURCES; i++) {
      text.add(new UUID(i, 0) + ":1");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse(text.toString()))
        .withMessage("GTID set must have at most 1024 sources, has 1025");
  }

  @Test
  void covers_gapBelowTheHighestNumber_isNotCovered() {
    assertThat(parse(A + ":1-5:7-9").covers(parse(A + ":6"))).isFalse();
    assertThat(parse(A + ":1-5:7-9").covers(parse(A + ":5-7"))).isFalse();
    assertThat(parse(A + ":1-5:7-9").covers(parse(A + ":2-3:9"))).isTrue();
    assertThat(parse(A + ":1-9").covers(parse(A + ":tag:1"))).isFalse();
    assertThat(parse(A + ":1-9").covers(parse(B + ":1"))).isFalse();
    assertThat(parse(A + ":1-9").covers(MySqlPosition.empty())).isTrue();
    assertThat(MySqlPosition.empty().covers(parse(A + ":1"))).isFalse();
    assertThat(parse(A + ":1-9").covers(Position.unresolved())).isFalse();
    assertThat(parse(A + ":1-9").covers(MariaDbPosition.empty())).isFalse();
  }

  @Test
  void mergeAndCovers_randomSets_agreeWithSetsOfBits() {
    Random random = new Random(11);
    for (int i = 0; i < 5_000; i++) {
      BitSet a = bits(random);
      BitSet b = bits(random);
      BitSet union = (BitSet) a.clone();
      union.or(b);
      BitSet missing = (BitSet) b.clone();
      missing.andNot(a);

      assertThat(position(a).merge(position(b))).isEqualTo(position(union));
      assertThat(position(a).covers(position(b))).isEqualTo(missing.isEmpty());
    }
  }

  private static BitSet bits(Random random) {
    long sparse = random.nextLong() & ~random.nextLong();
    BitSet bits = BitSet.valueOf(new long[] {sparse, random.nextInt(4)});
    bits.clear(0);
    return bits;
  }

  private static MySqlPosition position(BitSet bits) {
    StringJoiner text = new StringJoiner(",");
    bits.stream().forEach(number -> text.add(A + ":" + number));
    return parse(text.toString());
  }

  @Test
  void merge_pastTheBoundOnSources_isUnresolved() {
    StringJoiner most = new StringJoiner(",");
    for (int i = 0; i < MySqlPosition.MAX_SOURCES; i++) {
      most.add(new UUID(i, 0) + ":1");
    }
    MySqlPosition full = parse(most.toString());

    assertThat(full.merge(parse(new UUID(5, 0) + ":2"))).isInstanceOf(MySqlPosition.class);
    assertThat(full.merge(parse(A + ":1"))).isSameAs(Position.unresolved());
    assertThat(full.merge(MariaDbPosition.empty())).isSameAs(Position.unresolved());
  }

  // Clients hold bookmarks across an upgrade: another encoding needs another tag.
  @Test
  void encode_goldenPositions_areUnchanged() {
    assertGolden(TYPE, MySqlPosition.empty(), "");
    assertGolden(TYPE, parse(A + ":17"), A_HEX + "02" + "1000");
    assertGolden(TYPE, parse(A + ":1-5:7"), A_HEX + "04" + "0004" + "0000");
    assertGolden(TYPE, parse(A + ":1000000-3000000"), A_HEX + "02" + "bf843d80897a");
    assertGolden(
        TYPE,
        parse(A + ":1-3:tag_1:15-21," + B + ":9223372036854775806"),
        (A_HEX + "020002")
            + (A_HEX + "03" + "05" + "7461675f31" + "0e06")
            + (B_HEX + "02" + "fdffffffffffffff7f" + "00"));
    assertGolden(
        TYPE, parse(A + ":1-9223372036854775806"), A_HEX + "02" + "00" + "fdffffffffffffff7f");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "3e11fa47",
        A_HEX,
        A_HEX + "00", // no interval
        A_HEX + "020000" + A_HEX + "020500", // one source twice
        B_HEX + "020000" + A_HEX + "020000", // sources descend
        A_HEX + "0200", // interval cut off
        A_HEX + "02000000", // a byte too many
        A_HEX + "040000", // an interval missing
        A_HEX + "0300" + "0000", // tag of length 0
        A_HEX + "0301" + "41" + "0000", // tag in upper case
        A_HEX + "0301" + "31" + "0000", // tag that starts with a digit
        A_HEX
            + "0321"
            + "616161616161616161616161616161616161616161616161616161616161616161"
            + "0000",
        A_HEX + "02" + "feffffffffffffff7f" + "00", // number 2^63-1
        A_HEX + "02" + "ffffffffffffffffff01" + "00", // number past 64 bits
        A_HEX + "02" + "fdffffffffffffff7f" + "01", // range ends at 2^63-1
        A_HEX + "02" + "00" + "ffffffffffffffffff01",
        A_HEX + "04" + "00" + "fdffffffffffffff7f" + "0000", // nothing can follow the last number
        A_HEX + "feffffffffffffffff01" + "0000" // number of intervals past all bounds
      })
  void decode_whatNoPositionEncodesTo_isRefused(String hex) {
    assertRefused(TYPE, hex);
  }

  @Test
  void bookmark_ofOneCommit_isShort() {
    assertThat(bookmark(parse(A + ":1234567"))).hasSize(96);
    assertThat(bookmark(parse(A + ":1-5:7," + B + ":1"))).hasSize(122);
  }

  @Test
  void bookmark_ofAnEncodingPast2048Bytes_isUnresolvedAndNeverLess() {
    StringJoiner numbers = new StringJoiner(":", A + ":", "");
    for (int i = 0; i < 1100; i++) {
      numbers.add(Integer.toString(2 * i + 1));
    }
    MySqlPosition manyGaps = parse(numbers.toString());
    BookmarkCodec codec = BookmarkCodec.builder().discoveredTypes().maxChars(8192).build();

    Bookmark received = codec.decode(codec.encode(Bookmark.of("orders", manyGaps))).bookmark();

    assertThat(manyGaps.encode()).hasSizeGreaterThan(2048);
    assertThat(received.position("orders")).isEqualTo(Position.unresolved());
    assertThat(received.covers(Bookmark.of("orders", manyGaps))).isTrue();
  }
}
