// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.postgres;

import static io.scalingtoolkit.replication.internal.PositionLaws.assertGolden;
import static io.scalingtoolkit.replication.internal.PositionLaws.assertRefused;
import static io.scalingtoolkit.replication.internal.PositionLaws.bookmark;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.consistency.PositionType;
import io.scalingtoolkit.replication.mysql.MariaDbPosition;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PostgresPositionTest {
  private static final PositionType TYPE = new PostgresPosition.Type();
  private static final long SYSTEM = 7312009988001122334L;
  private static final long SEGMENT = 16 << 20;

  private static PostgresPosition at(String lsn) {
    return PostgresPosition.of(SYSTEM, 1, PostgresPosition.parseLsn(lsn));
  }

  @Test
  void merge_withinOneHistory_isTheLaterUnsigned() {
    assertThat(at("0/3000148").merge(at("0/3000160"))).isEqualTo(at("0/3000160"));
    assertThat(at("FFFFFFFF/0").merge(at("0/1"))).isEqualTo(at("FFFFFFFF/0"));
    assertThat(at("FFFFFFFF/0").covers(at("7FFFFFFF/FFFFFFFF"))).isTrue();
    assertThat(at("0/1").covers(at("FFFFFFFF/0"))).isFalse();
    assertThat(at("0/1").covers(at("0/1"))).isTrue();
  }

  @Test
  void merge_ofTwoHistories_isUnresolvedAndNeitherCovers() {
    PostgresPosition position = at("0/3000148");
    for (Position other :
        new Position[] {
          PostgresPosition.of(SYSTEM, 2, 1),
          PostgresPosition.of(SYSTEM + 1, 1, 1),
          MariaDbPosition.empty(),
          Position.unresolved()
        }) {
      assertThat(position.merge(other)).isSameAs(Position.unresolved());
      assertThat(position.covers(other)).isFalse();
    }
    assertThat(PostgresPosition.of(SYSTEM, 2, -1).covers(position)).isFalse();
  }

  // Clients hold bookmarks across an upgrade: another encoding needs another tag.
  @Test
  void encode_goldenPositions_areUnchanged() {
    assertGolden(TYPE, at("0/3000148"), "65797a57e8ea481e01c8828018");
    assertGolden(TYPE, PostgresPosition.of(0, 1, 0), "00000000000000000100");
    assertGolden(
        TYPE,
        PostgresPosition.of(-1, -1, -1),
        "ffffffffffffffff" + "ffffffff0f" + "ffffffffffffffffff01");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0000000000000001",
        "000000000000000101",
        "00000000000000010001", // timeline 0
        "0000000000000001810001", // timeline longer than needed
        "0000000000000001808080801001", // timeline of 33 bits
        "00000000000000010180", // LSN cut off
        "0000000000000001018100", // LSN longer than needed
        "0000000000000001010100" // a byte too many
      })
  void decode_whatNoPositionEncodesTo_isRefused(String hex) {
    assertRefused(TYPE, hex);
  }

  @Test
  void bookmark_ofTheLargestPosition_takesAtMost96Characters() {
    assertThat(bookmark(PostgresPosition.of(-1, -1, -1))).hasSize(95);
    assertThat(bookmark(at("16/B374D848"))).hasSize(84);
  }

  @ParameterizedTest
  @CsvSource({
    "0/0, 0",
    "0/3000148, 50331976",
    "16/b374d848, 97500059720",
    "FFFFFFFF/FFFFFFFF, -1",
    "80000000/0, -9223372036854775808"
  })
  void parseLsn_twoHalves_isOneNumber(String text, long lsn) {
    assertThat(PostgresPosition.parseLsn(text)).isEqualTo(lsn);
    assertThat(PostgresPosition.formatLsn(lsn)).isEqualTo(text.toUpperCase(Locale.ROOT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "0",
        "0/",
        "/0",
        "0/0/0",
        "+1/0",
        "0/-1",
        "0/g",
        "0/123456789",
        " 0/0",
        "0/\u0661"
      })
  void parseLsn_anythingElse_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PostgresPosition.parseLsn(text))
        .withMessage(
            "LSN must be two hexadecimal numbers of 1 to 8 digits such as 0/3000148, was \"%s\"",
            text);
  }

  @Test
  void of_timelineZero_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PostgresPosition.of(1, 0, 1))
        .withMessage("timeline must be 1 or more, was 0");
  }

  @Test
  void toString_always_isReadable() {
    assertThat(at("0/3000148")).hasToString("pg 7312009988001122334/1 0/3000148");
    assertThat(PostgresPosition.of(-1, -1, -1))
        .hasToString("pg 18446744073709551615/4294967295 FFFFFFFF/FFFFFFFF");
  }

  @ParameterizedTest
  @CsvSource({
    "0/3000028, 0/3000000", // behind the long header at the start of a segment
    "0/3002018, 0/3002000", // behind the header of another page
    "0/3FFE018, 0/3FFE000", // the last page of the segment
    "FFFFFFFF/FF000028, FFFFFFFF/FF000000",
    "0/3000018, 0/3000018", // inside the long header: no such position, left as it is
    "0/3002028, 0/3002028", // 40 bytes into a page that has a short header
    "0/3002020, 0/3002020",
    "0/3002000, 0/3002000",
    "0/3000000, 0/3000000",
    "0/3000148, 0/3000148"
  })
  void withoutPageHeader_insertPosition_isTheEndOfTheLog(String insert, String end) {
    long lsn = PostgresPosition.parseLsn(insert);

    assertThat(PostgresPosition.formatLsn(PostgresPosition.withoutPageHeader(lsn, SEGMENT)))
        .isEqualTo(end);
  }

  @Test
  void withoutPageHeader_everyPositionOfTwoSegments_movesOnlyBehindAHeader() {
    long segment = 1 << 20;
    int moved = 0;
    for (long lsn = 0; lsn < 2 * segment; lsn++) {
      long end = PostgresPosition.withoutPageHeader(lsn, segment);
      if (end != lsn) {
        moved++;
        assertThat(end % 8192).isZero();
        assertThat(lsn - end).isEqualTo(end % segment == 0 ? 40 : 24);
      }
    }
    assertThat(moved).isEqualTo(256);
  }

  @Test
  void withoutPageHeader_segmentSize_decidesWhichHeaderIsLong() {
    long lsn = PostgresPosition.parseLsn("0/3100028");

    assertThat(PostgresPosition.withoutPageHeader(lsn, 1 << 20)).isEqualTo(lsn - 40);
    assertThat(PostgresPosition.withoutPageHeader(lsn, 1 << 30)).isEqualTo(lsn);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 1 << 19, (1 << 20) + 8192, 1L << 31, Long.MIN_VALUE})
  void withoutPageHeader_impossibleSegmentSize_isRefused(long segmentBytes) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PostgresPosition.withoutPageHeader(1, segmentBytes))
        .withMessage(
            "WAL segment size must be a power of two from 1 MiB to 1 GiB, was " + segmentBytes);
  }
}
