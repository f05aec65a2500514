// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * All words that mean something in one dialect, with what the application and the server's
 * catalogue say about functions and relations. Immutable.
 */
final class Vocabulary {
  private final SqlDialect dialect;
  private final boolean catalogued;
  private final boolean backslashEscapes;
  private final WordTable table;

  private Vocabulary(
      SqlDialect dialect, boolean catalogued, boolean backslashEscapes, WordTable table) {
    this.dialect = dialect;
    this.catalogued = catalogued;
    this.backslashEscapes = backslashEscapes;
    this.table = table;
  }

  SqlDialect dialect() {
    return dialect;
  }

  /** Tells whether the functions of the server are known. */
  boolean isCatalogued() {
    return catalogued;
  }

  /** Tells whether a PostgreSQL server may read a backslash in plain quotes as an escape. */
  boolean backslashEscapes() {
    return backslashEscapes;
  }

  /** Returns what is known about the word in {@code text}, 0 if nothing. */
  int word(char[] text, int start, int end, int hash) {
    int word = table.get(text, start, end, hash);
    if (word == 0 && dialect == SqlDialect.POSTGRESQL && isReserved(text, start, end)) {
      return Word.UNCERTAIN | Word.UNCERTAIN_NAME;
    }
    return word;
  }

  /** Names that start with pg_ belong to the server, and most of them describe its state. */
  private static boolean isReserved(char[] text, int start, int end) {
    return end - start > 3
        && WordTable.lower(text[start]) == 'p'
        && WordTable.lower(text[start + 1]) == 'g'
        && text[start + 2] == '_';
  }

  /** Returns the words of a list parted by blanks and line ends. */
  static Set<String> listed(String list) {
    return Set.of(list.strip().split("\\s+", -1));
  }

  /** Collects words; a later entry adds to an earlier one unless said otherwise. */
  static final class Builder {
    private final SqlDialect dialect;
    private final Map<String, Integer> words = new HashMap<>();
    private boolean catalogued;
    private boolean backslashEscapes;

    Builder(SqlDialect dialect) {
      this.dialect = dialect;
    }

    Builder catalogued(boolean withBackslashEscapes) {
      catalogued = true;
      backslashEscapes = withBackslashEscapes;
      return this;
    }

    /** Adds {@code value} to what is known about each word of a list parted by blanks. */
    Builder add(int value, String list) {
      for (String word : listed(list)) {
        words.merge(word, value, Builder::joined);
      }
      return this;
    }

    private static int joined(int old, int added) {
      boolean clash = Word.id(old) != 0 && Word.id(added) != 0;
      if (clash || (Word.start(old) != 0 && Word.start(added) != 0)) {
        throw new IllegalStateException("two meanings: " + old + " and " + added);
      }
      return old | added;
    }

    Builder safe(String list) {
      for (String word : listed(list)) {
        effect(word, Word.SAFE);
      }
      return this;
    }

    Builder effects(int effect, String list) {
      for (String word : listed(list)) {
        effect(word, effect);
      }
      return this;
    }

    Builder effect(String name, int effect) {
      words.merge(WordTable.lower(name), effect, (old, added) -> Word.withEffect(old, added));
      return this;
    }

    /** The server says that the function reads only; what is built in knows better. */
    Builder safeUnlessKnown(String name) {
      String key = WordTable.lower(name);
      int old = words.getOrDefault(key, 0);
      if (Word.effect(old) == 0 && !key.startsWith("pg_")) {
        words.put(key, Word.withEffect(old, Word.SAFE));
      }
      return this;
    }

    /** The server has a function of this name that may write: no keyword hides a call of it. */
    Builder unsafeFunction(String name) {
      String key = WordTable.lower(name);
      int old = words.getOrDefault(key, 0);
      int effect = Math.max(Word.effect(old), Word.UNCERTAIN);
      words.put(key, Word.withEffect(old & ~Word.BEFORE_PARENTHESIS, effect) | Word.OVERRIDES);
      return this;
    }

    Builder allow(String name) {
      words.merge(
          WordTable.lower(name),
          Word.SAFE | Word.ALLOWED,
          (old, added) -> (Word.withEffect(old, Word.SAFE) & ~Word.OVERRIDES) | Word.ALLOWED);
      return this;
    }

    Builder deny(String name) {
      unsafeFunction(name);
      words.merge(WordTable.lower(name), 0, (old, added) -> old & ~Word.ALLOWED);
      return this;
    }

    Builder uncertainNames(Set<String> names) {
      for (String name : names) {
        words.merge(
            WordTable.lower(name), Word.UNCERTAIN_NAME, (old, added) -> old | Word.UNCERTAIN_NAME);
      }
      return this;
    }

    Vocabulary build() {
      return new Vocabulary(dialect, catalogued, backslashEscapes, new WordTable(words));
    }
  }
}
