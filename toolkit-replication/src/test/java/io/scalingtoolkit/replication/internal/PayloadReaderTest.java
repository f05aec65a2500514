// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PayloadReaderTest {
  private static PayloadReader reader(String hex) {
    return new PayloadReader(HexFormat.of().parseHex(hex));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "1, 01",
    "127, 7f",
    "128, 8001",
    "16383, ff7f",
    "16384, 808001",
    "9223372036854775807, ffffffffffffffff7f",
    "-1, ffffffffffffffffff01"
  })
  void readNumber_shortestForm_isWhatWasWritten(long number, String hex) {
    PayloadWriter out = new PayloadWriter();
    out.writeNumber(number);
    PayloadReader in = reader(hex);

    assertThat(HexFormat.of().formatHex(out.toBytes())).isEqualTo(hex);
    assertThat(in.readNumber()).isEqualTo(number);
    assertThat(in.failed()).isFalse();
    assertThat(in.hasMore()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"80", "8000", "818000", "ffffffffffffffffff02", "ffffffffffffffffffff01"})
  void readNumber_cutOffLongerThanNeededOrTooLarge_fails(String hex) {
    PayloadReader in = reader(hex + "7f");

    // The first case would be fine with the byte appended, so it is read without.
    PayloadReader subject = hex.equals("80") ? reader(hex) : in;
    assertThat(subject.readNumber()).isZero();
    assertThat(subject.failed()).isTrue();
  }

  @Test
  void readBytes_moreThanThereAre_failsAndStaysFailed() {
    PayloadReader in = reader("010203");

    assertThat(in.readBytes(2)).containsExactly(1, 2);
    assertThat(in.readBytes(2)).isEmpty();
    assertThat(in.readNumber()).isZero();
    assertThat(in.readLong()).isZero();
    assertThat(in.failed()).isTrue();
    assertThat(in.hasMore()).isFalse();
    assertThat(reader("01").readBytes(-1)).isEmpty();
  }
}
