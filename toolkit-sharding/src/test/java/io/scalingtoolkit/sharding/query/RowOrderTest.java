// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RowOrderTest {
  private static int values(Object a, Object b) throws SQLException {
    int order = RowOrder.values(1, a, b, SortColumn.CODE_POINTS);
    assertThat(RowOrder.values(1, b, a, SortColumn.CODE_POINTS)).isEqualTo(-order);
    return order;
  }

  @Test
  void values_numbersOfAllKinds_compareExactly() throws SQLException {
    assertThat(values(1, 2L)).isNegative();
    assertThat(values(Long.MAX_VALUE, BigInteger.ONE.shiftLeft(63))).isNegative();
    assertThat(values(1L << 53, (1L << 53) + 1)).isNegative();
    assertThat(values((double) (1L << 53), (1L << 53) + 1)).isNegative();
    assertThat(values(new BigDecimal("1.00"), 1)).isZero();
    assertThat(values(0.0, -0.0)).isZero();
    assertThat(values(Double.NaN, Double.POSITIVE_INFINITY)).isPositive();
    assertThat(values(Double.NaN, BigDecimal.TEN)).isPositive();
  }

  @Test
  void values_texts_compareAsTheirUtf8Bytes() throws SQLException {
    Random random = new Random(3);
    int[] points = {0, 'a', 'Z', 0xE9, 0x7FF, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF};
    for (int i = 0; i < 10_000; i++) {
      String a = text(random, points);
      String b = text(random, points);
      int bytes =
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
      assertThat(values(a, b)).isEqualTo(Integer.signum(bytes));
    }
  }

  private static String text(Random random, int[] points) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return text.toString();
  }

  @Test
  void values_uuidsAndBytes_compareUnsigned() throws SQLException {
    assertThat(values(new UUID(1, 0), new UUID(-1, 0))).isNegative();
    assertThat(values(new UUID(1, 1), new UUID(1, -1))).isNegative();
    assertThat(values(new byte[] {1}, new byte[] {-1})).isNegative();
    assertThat(values(new byte[] {1}, new byte[] {1, 0})).isNegative();
  }

  @Test
  void values_timesAndBooleans_compare() throws SQLException {
    assertThat(values(new Timestamp(1), new Timestamp(2))).isNegative();
    assertThat(values(LocalDate.EPOCH, LocalDate.MAX)).isNegative();
    assertThat(values(false, true)).isNegative();
  }

  @Test
  void values_differentKinds_areRefused() {
    assertThatThrownBy(() -> values(1, "1")).isInstanceOf(SQLDataException.class);
    assertThatThrownBy(() -> values(new Object(), new Object()))
        .isInstanceOf(SQLDataException.class);
  }

  @Test
  void compare_nullsAndDirections_areAsDeclared() throws SQLException {
    SortColumn up = SortColumn.ascending(1);
    SortColumn down = SortColumn.descending(1);
    Object[] none = {null};
    Object[] one = {1};
    Object[] two = {2};

    assertThat(order(up.nullsFirst()).compare(none, one)).isNegative();
    assertThat(order(up.nullsLast()).compare(none, one)).isPositive();
    assertThat(order(down.nullsFirst()).compare(none, one)).isNegative();
    assertThat(order(down.nullsLast()).compare(none, one)).isPositive();
    assertThat(order(down.nullsLast()).compare(none, none)).isZero();
    assertThat(order(down).compare(one, two)).isPositive();
    assertThat(order(up).compare(one, two)).isNegative();
    assertThatThrownBy(() -> order(up).check(none)).hasMessageContaining("null");
  }

  private static RowOrder order(SortColumn column) {
    return new RowOrder(List.of(column));
  }
}
