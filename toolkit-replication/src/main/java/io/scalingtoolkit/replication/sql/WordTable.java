// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Words by spelling, whatever the case; look-ups take a slice of a char array and make no object.
 * Open addressing with linear probing, at most a quarter full. Immutable.
 */
final class WordTable {
  private final @Nullable String[] words;
  private final int[] values;
  private final int mask;

  WordTable(Map<String, Integer> entries) {
    int size = Integer.highestOneBit(Math.max(entries.size(), 8)) << 3;
    words = new String[size];
    values = new int[size];
    mask = size - 1;
    entries.forEach(this::put);
  }

  private void put(String word, int value) {
    char[] letters = word.toCharArray();
    int slot = slot(hash(letters, 0, letters.length));
    while (words[slot] != null) {
      slot = (slot + 1) & mask;
    }
    words[slot] = word;
    values[slot] = value;
  }

  /** Returns the value of the word in {@code text}, or 0; {@code hash} is that of {@link #hash}. */
  int get(char[] text, int start, int end, int hash) {
    int slot = slot(hash);
    for (String word = words[slot]; word != null; word = words[slot]) {
      if (matches(word, text, start, end)) {
        return values[slot];
      }
      slot = (slot + 1) & mask;
    }
    return 0;
  }

  private int slot(int hash) {
    int h = hash * 0x9E3779B9;
    return (h ^ (h >>> 16)) & mask;
  }

  private static boolean matches(String word, char[] text, int start, int end) {
    int length = end - start;
    if (word.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (word.charAt(i) != lower(text[start + i])) {
        return false;
      }
    }
    return true;
  }

  static int hash(char[] text, int start, int end) {
    int hash = 0;
    for (int i = start; i < end; i++) {
      hash = 31 * hash + lower(text[i]);
    }
    return hash;
  }

  /** Folds a character as this table does: letter by letter, without regard to any locale. */
  static char lower(char c) {
    if (c < 128) {
      return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
    }
    char lower = Character.toLowerCase(c);
    // A Kelvin sign is no k to any server.
    return lower < 128 ? c : lower;
  }

  static String lower(String word) {
    char[] letters = word.toCharArray();
    for (int i = 0; i < letters.length; i++) {
      letters[i] = lower(letters[i]);
    }
    return new String(letters);
  }

  @Override
  public String toString() {
    return "WordTable[" + Arrays.stream(words).filter(word -> word != null).count() + " words]";
  }
}
