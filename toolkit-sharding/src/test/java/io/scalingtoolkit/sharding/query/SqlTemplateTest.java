// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sharding.map.SlotSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlTemplateTest {
  private static final ShardSlice SLICE = new ShardSlice("s", SlotSet.parse("0-3,7"), "slot_id", 1);

  @Test
  void text_placeholders_areReplaced() {
    String sql =
        SqlTemplate.parse(
                "select 1 from t o where {slots} and {slots:o.slot} and {after} limit {limit}")
            .text(SLICE, 5, "(k > ?)");

    assertThat(sql)
        .isEqualTo(
            "select 1 from t o where (slot_id between 0 and 3 or slot_id in (7)) and (o.slot between"
                + " 0 and 3 or o.slot in (7)) and (k > ?) limit 5");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select '{slots}'",
        "select \"{slots}\"",
        "select `{slots}`",
        "select 1 -- {slots}",
        "select /* {slots} */ 1",
        "select $$ {slots} $$",
        "select $a$ {slots} $a$",
        "select 1 # {slots}",
        "select '\\' {slots} '",
        "select 'it''s {slots}'",
        "select 1 where {slots} and a = '{slots}'",
        "select 1 where {limit:a}",
      })
  void parse_placeholderThatIsNoCondition_isRefused(String sql) {
    assertThatThrownBy(() -> SqlTemplate.parse(sql)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1",
        "select 1 where {slot}",
        "select 1 where {limit}",
        "select 1 -- '\n where 1 = 1"
      })
  void requireSlots_none_isRefused(String sql) {
    SqlTemplate template = SqlTemplate.parse(sql);

    assertThatThrownBy(() -> template.requireSlots(false)).hasMessageContaining("{slots}");
    template.requireSlots(true);
  }

  @Test
  void requireSlots_everywhereWithSlots_isRefused() {
    assertThatThrownBy(() -> SqlTemplate.parse("select {slots}").requireSlots(true))
        .hasMessageContaining("everywhere");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1 limit 10",
        "select 1 LIMIT 10",
        "select 1 limit {limit} offset 10",
        "select 1 limit ?",
        "select 1 fetch first 3 rows only",
        "select 1 fetch\n next row only",
        "select 1 limit {limit} limit {limit}",
      })
  void requireNoOtherLimit_anotherOne_isRefused(String sql) {
    SqlTemplate template = SqlTemplate.parse(sql);

    assertThatThrownBy(() -> template.requireNoOtherLimit(true))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void requireNoOtherLimit_wordsInQuotes_arePassed() {
    SqlTemplate.parse(
            "select \"limit\", ' offset 3', /* fetch first */ limits from t limit {limit}")
        .requireNoOtherLimit(true);
    assertThatThrownBy(() -> SqlTemplate.parse("select 1 limit {limit}").requireNoOtherLimit(false))
        .hasMessageContaining("limit(n)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1 from a join b on a.id = b.id where {slots}",
        "select 1 from a, b where {slots}",
        "select 1 from a as x, b where {slots}",
        "select 1 from a where {slots} union all select 1 from b where {slots}",
        "select 1 from a where {slots} and exists (select 1 from b)",
        "select row_number() over (order by id) from a where {slots}",
        "select a, count(*) from a where {slots} group by a having count(*) > 1",
        "select avg(x) from a where {slots}",
        "select count(distinct x) from a where {slots}",
        "select count( DISTINCT x) from a where {slots}",
        "select string_agg(x, ',') from a where {slots}",
      })
  void requireGroups_whatShardsCannotAnswer_isRefused(String sql) {
    SqlTemplate template = SqlTemplate.parse(sql);

    assertThatThrownBy(template::requireGroups).hasMessageContaining("colocated()");
    assertThatThrownBy(template::requireRows).hasMessageContaining("colocated()");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select distinct a from t where {slots}",
        "select count(*) from t where {slots}",
        "select a from t where {slots} group by a",
        "select max (a) from t where {slots}",
      })
  void requireRows_groups_areRefused(String sql) {
    SqlTemplate template = SqlTemplate.parse(sql);

    assertThatThrownBy(template::requireRows).hasMessageContaining("groupedBy");
  }

  @Test
  void requireRows_oneTable_isPassed() {
    assertThatCode(
            () ->
                SqlTemplate.parse(
                        "select a, 'x, count(', coalesce(b, 0) from t as u where {slots} and a in"
                            + " (1, 2) order by a, b")
                    .requireRows())
        .doesNotThrowAnyException();
  }

  @Test
  void parametersBeforeAfter_marksInQuotesAndOperators_doNotCount() {
    SqlTemplate template =
        SqlTemplate.parse(
            "select '?' from t where a = ? and b ?? 'c' and {after} and d = ? limit {limit}");

    assertThat(template.parametersBeforeAfter()).isOne();
  }
}
