// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

/**
 * What is known about a word, packed into an int so that a look-up returns it without a box.
 *
 * <pre>
 *  bits  0-7   id: which of the words below it is, 0 if none
 *  bits  8-11  start: what a statement does that starts with it
 *  bits 12-14  effect of calling it as a function
 *  bits 15-    marks, one bit each
 * </pre>
 */
final class Word {
  // ids
  static final int AS = 1;
  static final int WITH = 2;
  static final int RECURSIVE = 3;
  static final int NOT = 4;
  static final int MATERIALIZED = 5;
  static final int FOR = 6;
  static final int KEY = 7;
  static final int SHARE = 8;
  static final int INTO = 9;
  static final int NEXT = 10;
  static final int PREVIOUS = 11;
  static final int VALUE = 12;
  static final int NULLS = 13;
  static final int TIME = 14;
  static final int ZONE = 15;
  static final int TABLESAMPLE = 16;
  static final int SAMPLE_METHOD = 17;
  static final int TEMPORARY = 18;
  static final int FROM = 19;
  static final int DML = 20;
  static final int INSERT = 21;
  static final int LOCK = 22;
  static final int PROCEDURE = 23;
  static final int FOUND_ROWS = 24;
  static final int SEQUENCE_NEXT = 25;
  static final int SEQUENCE_LAST = 26;
  static final int AFTER_CALL = 27;
  static final int GROUP = 28;
  static final int BY = 29;
  static final int GROUPING = 30;
  static final int SETS = 31;
  static final int GROUPING_SET = 32;
  static final int COLUMNS = 33;
  static final int OF = 34;
  static final int MEMBER = 35;
  static final int FETCH = 36;
  static final int FIRST = 37;
  static final int CREATE = 38;
  static final int REPLACE = 39;
  static final int LOCAL = 40;
  static final int DROP = 41;
  static final int PREPARE = 42;
  static final int TRANSACTION = 43;
  static final int READ = 44;
  static final int EXPORT = 45;
  static final int PROGRAM = 46;
  static final int PG_CATALOG = 47;
  static final int PG_TEMP = 48;
  static final int INFORMATION_SCHEMA = 49;
  static final int CALL = 50;
  static final int LAST_INSERT_ID = 51;
  static final int ORDER = 52;
  static final int COMPARISON = 53;
  static final int CHARACTER = 54;
  static final int VARYING = 55;
  static final int QUANTIFIER = 56;

  // starts
  static final int STARTS_QUERY = 1 << 8;
  static final int STARTS_WRITE = 2 << 8;
  static final int STARTS_SESSION = 3 << 8;
  static final int STARTS_TRANSACTION = 4 << 8;
  static final int STARTS_UNCERTAIN = 5 << 8;
  static final int STARTS_EXPLAIN = 6 << 8;
  static final int STARTS_SHOW = 7 << 8;
  static final int STARTS_PREPARE = 8 << 8;
  static final int STARTS_START = 9 << 8;
  static final int STARTS_COPY = 10 << 8;
  static final int STARTS_FLUSH = 11 << 8;

  // effects
  static final int SAFE = 1 << 12;
  static final int UNCERTAIN = 2 << 12;
  static final int WRITES = 3 << 12;
  static final int CHANGES_SESSION = 4 << 12;

  // marks
  /** A parenthesis after it opens no call. */
  static final int BEFORE_PARENTHESIS = 1 << 15;

  /** As the name of a relation or a column it may hide a call. */
  static final int UNCERTAIN_NAME = 1 << 16;

  /** The application vouches for the function, whatever its schema. */
  static final int ALLOWED = 1 << 17;

  /** May stand in an executable comment and change nothing. */
  static final int HARMLESS = 1 << 18;

  /** MySQL takes it for its own function only if the parenthesis follows at once. */
  static final int TIGHT = 1 << 19;

  /** May follow the brace of a JDBC escape. */
  static final int JDBC_ESCAPE = 1 << 20;

  /** A relation of MySQL's information_schema that is the same on each server. */
  static final int SHARED_RELATION = 1 << 21;

  /** SHOW followed by it reads the schema. */
  static final int SHOWS_SCHEMA = 1 << 22;

  /** An option of EXPLAIN, also if other statements start with it. */
  static final int EXPLAIN_OPTION = 1 << 23;

  /** A schema whose relations describe the one server. */
  static final int SERVER_SCHEMA = 1 << 24;

  /** The server has a function of this name that is not safe, so no context makes it a keyword. */
  static final int OVERRIDES = 1 << 25;

  private static final int ID = 0xff;
  private static final int START = 0xf << 8;
  private static final int EFFECT = 7 << 12;

  private Word() {}

  static int id(int word) {
    return word & ID;
  }

  static int start(int word) {
    return word & START;
  }

  static int effect(int word) {
    return word & EFFECT;
  }

  static boolean has(int word, int mark) {
    return (word & mark) != 0;
  }

  static int withEffect(int word, int effect) {
    return (word & ~EFFECT) | effect;
  }
}
