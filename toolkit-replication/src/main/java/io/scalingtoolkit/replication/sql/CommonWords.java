// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

/** The words that mean the same in every dialect. */
final class CommonWords {
  private CommonWords() {}

  static void addTo(Vocabulary.Builder words) {
    words
        .add(Word.AS, "as")
        .add(Word.WITH, "with")
        .add(Word.RECURSIVE, "recursive")
        .add(Word.NOT, "not")
        .add(Word.MATERIALIZED, "materialized")
        .add(Word.FOR, "for")
        .add(Word.KEY, "key")
        .add(Word.SHARE, "share")
        .add(Word.INTO, "into")
        .add(Word.NEXT, "next")
        .add(Word.PREVIOUS, "previous")
        .add(Word.VALUE, "value")
        .add(Word.NULLS, "nulls")
        .add(Word.TIME, "time")
        .add(Word.ZONE, "zone")
        .add(Word.TABLESAMPLE, "tablesample")
        .add(Word.TEMPORARY, "temp temporary")
        .add(Word.FROM, "from")
        .add(Word.LOCK, "lock")
        .add(Word.PROCEDURE, "procedure")
        .add(Word.GROUP | Word.BEFORE_PARENTHESIS, "group")
        .add(Word.BY, "by")
        .add(Word.ORDER, "order partition")
        .add(Word.GROUPING, "grouping")
        .add(Word.SETS, "sets")
        .add(Word.GROUPING_SET, "rollup cube")
        .add(Word.COLUMNS, "columns")
        .add(Word.OF, "of")
        .add(Word.MEMBER, "member")
        .add(Word.FIRST, "first")
        .add(Word.CREATE, "create")
        .add(Word.REPLACE, "replace")
        .add(Word.LOCAL, "local global")
        .add(Word.DROP, "drop")
        .add(Word.PREPARE, "prepare")
        .add(Word.TRANSACTION, "transaction")
        .add(Word.EXPORT, "export")
        .add(Word.PROGRAM, "program")
        .add(Word.CALL | Word.JDBC_ESCAPE, "call")
        .add(Word.JDBC_ESCAPE, "fn d t ts oj escape limit");
  }
}
