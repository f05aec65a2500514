// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import static io.scalingtoolkit.sharding.query.SortColumn.ascending;
import static io.scalingtoolkit.sharding.query.SortColumn.descending;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.RoundingMode;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.AfterFailureMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Four shards answer as one database with all rows does. */
class SingleDatabaseTest {
  private static final String TABLE =
      "create table item (slot_id int not null, id integer not null, city text, price integer,"
          + " weight real, stock integer not null)";
  private static final String INSERT =
      "insert into item (slot_id, id, city, price, weight, stock) values (?, ?, ?, ?, ?, ?)";
  private static final List<String> CITIES =
      List.of("Aachen", "aachen", "Århus", "Z", "", " ", "\uFF21", "\uD83D\uDE00", "Bonn", "Bonn ");

  private static SqliteShards filled(Random random) throws SQLException {
    SqliteShards setup = new SqliteShards(4, TABLE);
    int rows = random.nextInt(60);
    for (int id = 0; id < rows; id++) {
      int slot = random.nextInt(SqliteShards.SLOTS);
      Object[] values = {
        id,
        random.nextInt(5) == 0 ? null : CITIES.get(random.nextInt(CITIES.size())),
        random.nextInt(5) == 0 ? null : (Object) (random.nextLong() >> 5 + random.nextInt(55)),
        random.nextInt(5) == 0 ? null : (Object) (random.nextInt(8) / 4.0),
        random.nextInt(4)
      };
      setup.insert(INSERT, slot, values);
      if (random.nextInt(4) == 0) {
        // A copy where the slot is just arriving: it must never be seen.
        String other = "s" + random.nextInt(4);
        if (!other.equals(setup.shards.map().shardOf(slot))) {
          setup.insertAt(other, INSERT, slot, values);
        }
      }
    }
    return setup;
  }

  private static String one(String sql) {
    return sql.replace("{slots}", "1 = 1");
  }

  @Property(tries = 150, afterFailure = AfterFailureMode.RANDOM_SEED)
  void orderedBy_randomRows_asOneDatabase(@ForAll long seed) throws SQLException {
    Random random = new Random(seed);
    try (SqliteShards setup = filled(random)) {
      ShardQuery query = ShardQuery.builder(setup.shards).build();
      int limit = 1 + random.nextInt(20);
      int least = random.nextInt(4);
      record Case(String by, SortColumn... columns) {}
      List<Case> cases =
          List.of(
              new Case("city, id", ascending(2).nullsFirst().binaryText(), ascending(1)),
              new Case("city desc, id", descending(2).nullsLast().binaryText(), ascending(1)),
              new Case(
                  "price desc nulls first, id desc", descending(3).nullsFirst(), descending(1)),
              new Case("price nulls last, id", ascending(3).nullsLast(), ascending(1)),
              new Case(
                  "weight, city desc, id desc",
                  ascending(4).nullsFirst(),
                  descending(2).nullsLast().binaryText(),
                  descending(1)),
              new Case("id", ascending(1)));
      for (Case each : cases) {
        String sql =
            "select id, city, price, weight from item where {slots} and stock >= ? order by "
                + each.by();
        assertThat(SqliteShards.all(query.orderedBy(each.columns()).run(sql, least)))
            .as(each.by())
            .isEqualTo(setup.whole(one(sql), least));
        assertThat(
                SqliteShards.all(
                    query
                        .orderedBy(each.columns())
                        .limit(limit)
                        .run(sql + " limit {limit}", least)))
            .as(each.by() + " limit " + limit)
            .isEqualTo(setup.whole(one(sql) + " limit " + limit, least));
      }
      assertThat(setup.open()).isZero();
    }
  }

  @Property(tries = 150, afterFailure = AfterFailureMode.RANDOM_SEED)
  void groupedBy_randomRows_asOneDatabase(@ForAll long seed) throws SQLException {
    Random random = new Random(seed);
    try (SqliteShards setup = filled(random)) {
      ShardQuery query = ShardQuery.builder(setup.shards).build();
      String columns =
          " count(*), count(price), sum(stock), min(price), max(weight), sum(price / 1024) from item"
              + " where {slots}";
      GroupedQuery byCity = combined(query.groupedBy(ascending(1).nullsFirst().binaryText()), 1);
      String sql = "select city," + columns + " group by city order by city";
      assertThat(SqliteShards.all(byCity.run(sql))).isEqualTo(setup.whole(one(sql)));
      int limit = 1 + random.nextInt(6);
      assertThat(SqliteShards.all(byCity.limit(limit).run(sql + " limit {limit}")))
          .isEqualTo(setup.whole(one(sql) + " limit " + limit));
      String total = "select" + columns;
      assertThat(SqliteShards.all(combined(query.groupedBy(), 0).run(total)))
          .isEqualTo(setup.whole(one(total)));
      String two =
          "select stock, city," + columns + " group by stock, city order by stock desc, city";
      assertThat(
              SqliteShards.all(
                  combined(
                          query.groupedBy(descending(1), ascending(2).nullsFirst().binaryText()), 2)
                      .run(two)))
          .isEqualTo(setup.whole(one(two)));
      assertThat(
              query
                  .groupedBy(ascending(1).nullsFirst().binaryText())
                  .countDistinct("select distinct city from item where {slots} order by city"))
          .isEqualTo(Long.parseLong(first(setup.whole("select count(distinct city) from item"))));
      assertThat(setup.open()).isZero();
    }
  }

  private static GroupedQuery combined(GroupedQuery query, int keys) {
    return query
        .combine(keys + 1, Combine.COUNT)
        .combine(keys + 2, Combine.COUNT)
        .combine(keys + 3, Combine.SUM)
        .combine(keys + 4, Combine.MIN)
        .combine(keys + 5, Combine.MAX)
        .combine(keys + 6, Combine.SUM);
  }

  private static String first(List<String> rows) {
    return rows.get(0).replaceAll("[\\[\\]]", "");
  }

  @Property(tries = 100, afterFailure = AfterFailureMode.RANDOM_SEED)
  void page_randomRows_allPagesAsOneDatabase(@ForAll long seed) throws SQLException {
    Random random = new Random(seed);
    try (SqliteShards setup = filled(random)) {
      int size = 1 + random.nextInt(9);
      OrderedQuery ordered =
          ShardQuery.builder(setup.shards)
              .build()
              .orderedBy(descending(2).named("stock"), ascending(1).named("item.id"))
              .limit(size);
      String sql =
          "select id, stock, city from item where {slots} and stock <> ? and {after} and id <> ?"
              + " order by stock desc, id limit {limit}";
      List<String> found = new ArrayList<>();
      PageKey key = null;
      do {
        Page page = ordered.page(key, sql, 2, 7);
        assertThat(page.rows().size()).isLessThanOrEqualTo(size);
        page.rows().forEach(row -> found.add(row.toString()));
        assertThat(page.next() == null || page.rows().size() == size).isTrue();
        key = page.next();
      } while (key != null);
      assertThat(found)
          .isEqualTo(
              setup.whole(
                  "select id, stock, city from item where stock <> 2 and id <> 7 order by stock"
                      + " desc, id"));
    }
  }

  @Property(tries = 50, afterFailure = AfterFailureMode.RANDOM_SEED)
  void average_randomRows_fromSumAndCount(@ForAll long seed) throws SQLException {
    try (SqliteShards setup = filled(new Random(seed))) {
      GroupedQuery query =
          ShardQuery.builder(setup.shards)
              .build()
              .groupedBy()
              .combine(1, Combine.SUM)
              .combine(2, Combine.COUNT);
      try (MergedRows rows = query.run("select sum(stock), count(stock) from item where {slots}")) {
        assertThat(rows.next()).isTrue();
        var average = rows.row().average(1, 2, 9, RoundingMode.HALF_EVEN);
        String whole = first(setup.whole("select avg(stock) from item"));
        if (average == null) {
          assertThat(whole).isEqualTo("null");
        } else {
          assertThat(average.doubleValue())
              .isCloseTo(Double.parseDouble(whole), org.assertj.core.data.Offset.offset(1e-8));
        }
      }
    }
  }
}
