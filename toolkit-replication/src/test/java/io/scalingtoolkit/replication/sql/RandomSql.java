// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * Statements by a small grammar: queries of every shape, and in them now and then a lock, a write
 * in a common table expression, a call of anything, or a target. Confined; the same numbers give
 * the same statements.
 */
final class RandomSql {
  /** What differs between the dialects. */
  record Grammar(
      List<String> calls,
      List<String> tables,
      List<String> locks,
      List<String> targets,
      List<String> writes,
      List<String> others) {}

  private static final List<String> COLUMNS = List.of("a", "b", "c", "t.a", "1", "'x'", "null");
  private static final List<String> BLANKS =
      List.of(" ", " ", " ", "\n", "\t ", " /* for update */ ", " -- it's\n", "/**/");

  private final RandomGenerator random;
  private final Grammar grammar;

  RandomSql(RandomGenerator random, Grammar grammar) {
    this.random = random;
    this.grammar = grammar;
  }

  String statement() {
    String plain =
        switch (random.nextInt(20)) {
          case 0 -> pick(grammar.writes());
          case 1 -> pick(grammar.others());
          case 2 -> "explain " + query(2);
          case 3 -> "explain analyze " + query(1);
          case 4 -> "(" + query(2) + ")";
          case 5 -> query(1) + "; " + (chance(2) ? query(1) : pick(grammar.writes()));
          case 6 -> common() + query(1);
          case 7 -> common() + pick(grammar.writes());
          default -> query(3);
        };
    return disguised(plain);
  }

  /** Blanks become comments and words change their case, where no quote is near. */
  private String disguised(String sql) {
    if (chance(2)) {
      return sql;
    }
    StringBuilder disguised = new StringBuilder();
    boolean quoted = false;
    boolean upper = chance(2);
    for (char c : sql.toCharArray()) {
      if (c == '\'' || c == '"' || c == '`') {
        quoted = !quoted;
      }
      if (c == ' ' && !quoted) {
        disguised.append(pick(BLANKS));
      } else {
        disguised.append(
            quoted || !upper ? c : String.valueOf(c).toUpperCase(Locale.ROOT).charAt(0));
      }
    }
    return disguised.toString();
  }

  private String common() {
    String body = chance(5) ? pick(grammar.writes()) : query(1);
    String columns = chance(3) ? " (a, b, c)" : "";
    return "with q" + columns + " as (" + body + ") ";
  }

  private String query(int depth) {
    StringBuilder sql = new StringBuilder();
    if (depth > 1 && chance(6)) {
      sql.append(common());
    }
    sql.append("select ").append(expression(depth));
    if (chance(2)) {
      sql.append(", ").append(expression(depth));
    }
    if (chance(25)) {
      sql.append(" ").append(pick(grammar.targets()));
    }
    sql.append(" from ").append(source(depth));
    if (chance(2)) {
      sql.append(" where ").append(expression(depth)).append(" = ").append(expression(depth));
    }
    if (chance(6)) {
      sql.append(" order by ").append(expression(1));
    }
    if (chance(4)) {
      sql.append(" limit 5");
    }
    if (chance(12)) {
      sql.append(" ").append(pick(grammar.locks()));
    }
    if (depth > 1 && chance(6)) {
      return "(" + sql + ") union all (" + query(depth - 1) + ")";
    }
    return sql.toString();
  }

  private String source(int depth) {
    if (depth > 1 && chance(5)) {
      return "(" + query(depth - 1) + ") as t";
    }
    String table = pick(grammar.tables()) + " as t";
    return chance(5) ? table + " cross join " + pick(grammar.tables()) + " as u" : table;
  }

  private String expression(int depth) {
    return switch (random.nextInt(depth > 1 ? 9 : 6)) {
      case 0, 1, 2 -> pick(COLUMNS);
      case 3, 4 -> pick(grammar.calls());
      case 5 -> "coalesce(" + pick(COLUMNS) + ", " + pick(grammar.calls()) + ")";
      case 6 -> "(" + query(depth - 1) + ")";
      case 7 -> "case when " + expression(depth - 1) + " is null then 1 else 2 end";
      default -> "exists (" + query(depth - 1) + ")";
    };
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
