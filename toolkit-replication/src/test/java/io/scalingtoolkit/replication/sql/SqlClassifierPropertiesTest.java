// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;

/** No disguise makes a read of what is none. */
final class SqlClassifierPropertiesTest {
  private static final int TRIES = 20_000;

  private static final List<String> BLANKS =
      List.of(
          " ",
          "\n",
          "\t",
          "\r",
          "\f",
          "  ",
          " /* x */ ",
          "/**/",
          " -- select 1\n",
          "/*;*/",
          " /* ' */ ",
          " --\n");

  private static final List<String> TOKENS =
      List.of(
          "select",
          "with",
          "as",
          "(",
          ")",
          ",",
          ";",
          "'",
          "\"",
          "`",
          "$$",
          "$a$",
          "/*",
          "*/",
          "--",
          "#",
          "\n",
          "/*!",
          "E'",
          "U&\"",
          "\\",
          "for",
          "update",
          "into",
          "@",
          "@@",
          ":=",
          "::",
          "{",
          "}",
          "fn",
          "call",
          ".",
          "1",
          "1e",
          "0x",
          "?",
          "$1",
          "t",
          "nextval",
          "a",
          " ",
          "\0",
          "é",
          "explain",
          "show",
          "desc",
          "over",
          "recursive",
          "materialized",
          "not",
          "\u00a0",
          "\ud800",
          "[",
          "]",
          "-",
          "/",
          "*",
          "\r",
          "values",
          "table",
          "last_insert_id",
          "insert",
          "from");

  private static final Map<SqlDialect, SqlClassifier> CLASSIFIERS =
      new EnumMap<>(
          Map.of(
              SqlDialect.POSTGRESQL, uncached(SqlDialect.POSTGRESQL),
              SqlDialect.MARIADB, uncached(SqlDialect.MARIADB),
              SqlDialect.MYSQL, uncached(SqlDialect.MYSQL)));

  private static SqlClassifier uncached(SqlDialect dialect) {
    return SqlClassifier.builder(dialect).cacheSize(0).build();
  }

  private static StatementKind kind(SqlDialect dialect, String sql) {
    return CLASSIFIERS.get(dialect).classify(sql).kind();
  }

  private static List<Tuple2<SqlDialect, Case>> cases() {
    List<Tuple2<SqlDialect, Case>> all = new ArrayList<>();
    Map.of(
            SqlDialect.POSTGRESQL, Stream.of("common", "postgresql"),
            SqlDialect.MARIADB, Stream.of("common", "mysql-family", "mariadb"),
            SqlDialect.MYSQL, Stream.of("common", "mysql-family", "mysql"))
        .forEach(
            (dialect, files) ->
                files
                    .flatMap(file -> Case.read(file).stream())
                    .forEach(line -> all.add(Tuple.of(dialect, line))));
    return all;
  }

  @Provide
  Arbitrary<Tuple2<SqlDialect, Case>> statements() {
    return Arbitraries.of(cases());
  }

  @Provide
  Arbitrary<Tuple2<SqlDialect, Case>> writes() {
    return Arbitraries.of(
        cases().stream()
            .filter(each -> each.get2().kind().compareTo(StatementKind.WRITE) >= 0)
            .toList());
  }

  @Provide
  Arbitrary<Tuple2<SqlDialect, Case>> reads() {
    return Arbitraries.of(
        cases().stream().filter(each -> each.get2().kind() == StatementKind.READ).toList());
  }

  /** Writes without any quote or comment, in which a blank may become any other. */
  @Provide
  Arbitrary<Tuple2<SqlDialect, Case>> plainWrites() {
    return Arbitraries.of(
        cases().stream()
            .filter(each -> each.get2().kind().compareTo(StatementKind.WRITE) >= 0)
            .filter(each -> each.get2().sql().matches("[a-zA-Z0-9_ .,;()=*@:+<>]+"))
            .toList());
  }

  @Provide
  Arbitrary<List<String>> blanks() {
    return Arbitraries.of(BLANKS).list().ofSize(40);
  }

  @Provide
  Arbitrary<String> soup() {
    return Arbitraries.of(TOKENS).list().ofMaxSize(40).map(tokens -> String.join("", tokens));
  }

  @Property(tries = TRIES)
  boolean classify_writeWithOtherBlanksAndCase_isNoRead(
      @ForAll("plainWrites") Tuple2<SqlDialect, Case> write,
      @ForAll("blanks") List<String> blanks,
      @ForAll boolean upper) {
    String sql = write.get2().sql();
    StringBuilder disguised = new StringBuilder(blanks.get(0));
    int used = 1;
    for (char c : (upper ? sql.toUpperCase(Locale.ROOT) : sql).toCharArray()) {
      boolean joint = c == ' ' || c == '(';
      disguised.append(joint ? blanks.get(used++ % blanks.size()) : "").append(c == ' ' ? "" : c);
    }
    return kind(write.get1(), disguised.toString()) != StatementKind.READ;
  }

  @Property(tries = TRIES)
  boolean classify_blanksAndCaseAroundAWrite_keepItsKind(
      @ForAll("plainWrites") Tuple2<SqlDialect, Case> write,
      @ForAll("blanks") List<String> blanks) {
    String sql = write.get2().sql();
    for (String blank : blanks.subList(0, 3)) {
      sql = blank + sql + blank;
    }
    return kind(write.get1(), sql) == write.get2().kind();
  }

  @Property(tries = TRIES)
  boolean classify_anythingThenAWrite_isNoRead(
      @ForAll("statements") Tuple2<SqlDialect, Case> any, @ForAll("blanks") List<String> blanks) {
    String sql = any.get2().sql() + "\n" + blanks.get(0) + ";" + blanks.get(1) + "delete from t";
    return kind(any.get1(), sql) != StatementKind.READ;
  }

  @Property(tries = TRIES)
  boolean classify_writeBehindAPrefix_isNoRead(
      @ForAll("writes") Tuple2<SqlDialect, Case> write, @ForAll("blanks") List<String> blanks) {
    String sql = write.get2().sql();
    // ANALYZE after EXPLAIN is an option and no statement.
    return sql.startsWith("analyze")
        || Stream.of(
                "(" + blanks.get(0) + sql + "\n)",
                "explain" + blanks.get(0) + " " + sql,
                "explain analyze " + sql,
                "/*@replica*/" + sql)
            .allMatch(wrapped -> kind(write.get1(), wrapped) != StatementKind.READ);
  }

  /** Queries and changes of rows are the statements that any server lets stand inside another. */
  @Property(tries = TRIES)
  boolean classify_writeInsideAnother_isNoRead(
      @ForAll("writes") Tuple2<SqlDialect, Case> write, @ForAll("blanks") List<String> blanks) {
    String sql = write.get2().sql();
    String blank = blanks.get(0);
    return !sql.matches("(?is)[( ]*(select|insert|update|delete|merge|with)\\b.*")
        || Stream.of(
                "with a as (" + sql + "\n) select * from a",
                "with a (x, y) as" + blank + "(" + sql + "\n) select * from a",
                "with a as (select 1), b as (" + sql + "\n) select 1",
                "with a as (select 1)" + blank + sql,
                "select * from (" + sql + "\n) as x",
                "select (" + sql + "\n)",
                "select 1 where exists (" + blank + sql + "\n)",
                "select 1 union (" + sql + "\n)")
            .allMatch(wrapped -> kind(write.get1(), wrapped) != StatementKind.READ);
  }

  /** A tail that locks or writes is seen after every read, unless the read ends in a comment. */
  @Property(tries = TRIES)
  boolean classify_readWithALockAtTheEnd_isNoRead(
      @ForAll("reads") Tuple2<SqlDialect, Case> read, @ForAll("blanks") List<String> blanks) {
    String sql = read.get2().sql().replaceAll("[; ]+$", "");
    String tail = blanks.get(0) + "\n for " + blanks.get(1) + " update";
    return kind(read.get1(), sql + tail) != StatementKind.READ;
  }

  @Property(tries = TRIES)
  boolean classify_everyPrefix_givesAnAnswer(@ForAll("statements") Tuple2<SqlDialect, Case> any) {
    String sql = any.get2().sql();
    for (int end = 0; end <= sql.length(); end++) {
      for (SqlClassifier classifier : CLASSIFIERS.values()) {
        classifier.classify(sql.substring(0, end)).kind();
        classifier.classify(sql.substring(end)).kind();
      }
    }
    return true;
  }

  @Property(tries = TRIES)
  boolean classify_tokenSoup_givesAnAnswer(@ForAll("soup") String sql) {
    for (SqlClassifier classifier : CLASSIFIERS.values()) {
      classifier.classify(sql).kind();
      classifier.learnWrite(sql);
    }
    return true;
  }

  @Property(tries = TRIES)
  boolean classify_soupAfterAWrite_isNoRead(
      @ForAll("plainWrites") Tuple2<SqlDialect, Case> write, @ForAll("soup") String soup) {
    return kind(write.get1(), write.get2().sql() + " " + soup) != StatementKind.READ;
  }
}
