// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;

class CombineTest {
  private static Object fold(Combine how, Object... values) throws SQLException {
    Object so = how.start(1, values[0]);
    for (int i = 1; i < values.length; i++) {
      so = how.fold(1, so, values[i]);
    }
    return so;
  }

  @Test
  void sum_integers_areExactBeyondLong() throws SQLException {
    assertThat(fold(Combine.SUM, 1, 2L, (short) 3)).isEqualTo(6L);
    assertThat(fold(Combine.SUM, Long.MAX_VALUE, 1L))
        .isEqualTo(new BigDecimal("9223372036854775808"));
    assertThat(fold(Combine.SUM, Long.MIN_VALUE, -1L))
        .isEqualTo(new BigDecimal("-9223372036854775809"));
    assertThat(fold(Combine.SUM, Long.MAX_VALUE, Long.MIN_VALUE)).isEqualTo(-1L);
    assertThat(fold(Combine.SUM, BigInteger.TEN, new BigDecimal("0.5")))
        .isEqualTo(new BigDecimal("10.5"));
  }

  @Test
  void sum_nulls_areLeftOut() throws SQLException {
    assertThat(fold(Combine.SUM, null, 1, null)).isEqualTo(1L);
    assertThat(fold(Combine.SUM, null, null)).isNull();
  }

  @Test
  void sum_floatingPoint_isRefusedUnlessAskedFor() throws SQLException {
    assertThatThrownBy(() -> fold(Combine.SUM, 1.5)).isInstanceOf(SQLDataException.class);
    assertThatThrownBy(() -> fold(Combine.SUM, 1, 1.5f)).hasMessageContaining("SUM_APPROXIMATE");
    assertThat(fold(Combine.SUM_APPROXIMATE, 1.5, 2)).isEqualTo(3.5);
  }

  @Test
  void count_whatIsNone_isRefused() throws SQLException {
    assertThat(fold(Combine.COUNT, 1, 0, 5L)).isEqualTo(6L);
    assertThatThrownBy(() -> fold(Combine.COUNT, 1, null)).hasMessageContaining("no count");
    assertThatThrownBy(() -> fold(Combine.COUNT, 1.0)).hasMessageContaining("no count");
  }

  @Test
  void minAndMax_values_areFound() throws SQLException {
    assertThat(fold(Combine.MIN, 3, null, 1, 2)).isEqualTo(1);
    assertThat(fold(Combine.MAX, 3, null, 1, 2)).isEqualTo(3);
    assertThat(fold(Combine.MAX, LocalDate.EPOCH, LocalDate.MAX)).isEqualTo(LocalDate.MAX);
  }

  @Test
  void minAndMax_text_needsAnOrder() throws SQLException {
    assertThatThrownBy(() -> fold(Combine.MIN, "a")).isInstanceOf(SQLDataException.class);
    assertThat(fold(Combine.minText(SortColumn.CODE_POINTS), "a", "B")).isEqualTo("B");
    assertThat(fold(Combine.minText(String.CASE_INSENSITIVE_ORDER), "a", "B")).isEqualTo("a");
    assertThat(fold(Combine.maxText(SortColumn.CODE_POINTS), "a", "B")).isEqualTo("a");
  }

  @Test
  void average_sumAndCount_isRoundedAsAskedFor() {
    Row row = new Row(new Object[] {new BigDecimal("10"), 3L, null, 0L});

    assertThat(row.average(1, 2, 2, RoundingMode.HALF_EVEN)).isEqualTo(new BigDecimal("3.33"));
    assertThat(row.average(1, 2, 0, RoundingMode.UP)).isEqualTo(new BigDecimal("4"));
    assertThat(row.average(3, 4, 2, RoundingMode.UP)).isNull();
  }

  @Test
  void row_wrongKind_isRefused() {
    Row row = new Row(new Object[] {"a", null, new BigDecimal("1.5")});

    assertThatThrownBy(() -> row.getLong(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> row.getLong(2)).hasMessageContaining("null");
    assertThatThrownBy(() -> row.getLong(3)).isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> row.get(4)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> row.get(0)).isInstanceOf(IndexOutOfBoundsException.class);
  }
}
