// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import org.jspecify.annotations.Nullable;

/**
 * Statements and what they were classified as, in sets of four. Reads take no lock and make no
 * object.
 *
 * <pre>
 * Concurrency  Entries are immutable but for a use count, and published through a plain array:
 *              final fields make a racy read of one see it whole. A lost insertion or a lost count
 *              costs one more run of the lexer. What must not be lost, the removal of a shape that
 *              turned out to write, is ordered by a full fence on both sides: who inserts looks at
 *              the learned shapes after it, who learns walks this table after it.
 * Eviction     A newcomer replaces an entry of its set that has no uses left, and is not kept if
 *              there is none. One newcomer in sixteen takes a use from each entry of its full set.
 *              So statements that come once, however many, do not drive out those that come again
 *              in the meantime, and what is used no more makes room.
 * </pre>
 */
final class ClassificationCache {
  private static final int WAYS = 4;
  private static final int AGEING_SHIFT = 28;
  private static final int MOST_USES = 3;

  private final @Nullable Entry[] entries;
  private final int mask;

  /** Pseudo-random; plain and racy, as the use counts are. */
  private int lot;

  /** At least {@code size} places; none if it is 0. */
  ClassificationCache(int size) {
    int places = size == 0 ? 0 : Math.max(WAYS, Integer.highestOneBit(size * 2 - 1));
    entries = new Entry[places];
    mask = places - 1;
  }

  @Nullable Classification get(String sql) {
    if (entries.length == 0) {
      return null;
    }
    int hash = sql.hashCode();
    int first = set(hash);
    for (int way = first; way < first + WAYS; way++) {
      Entry entry = entries[way];
      if (entry != null && entry.holds(sql, hash)) {
        if (entry.uses < MOST_USES) {
          entry.uses++;
        }
        return entry.classification;
      }
    }
    return null;
  }

  void put(String sql, long shape, Classification classification) {
    if (entries.length == 0) {
      return;
    }
    int hash = sql.hashCode();
    int first = set(hash);
    // Drawn, since a plain count would fall into step with statements that come in turns.
    lot = lot * 1_103_515_245 + 12_345;
    int turn = (lot >>> 20) & (WAYS - 1);
    int victim = first;
    int fewest = Integer.MAX_VALUE;
    for (int i = 0; i < WAYS; i++) {
      int way = first + ((i + turn) & (WAYS - 1));
      Entry entry = entries[way];
      int uses = entry == null ? -1 : entry.uses;
      if (uses < fewest) {
        fewest = uses;
        victim = way;
      }
    }
    if (fewest >= 0 && lot >>> AGEING_SHIFT == 0) {
      age(first);
    }
    if (fewest <= 0) {
      entries[victim] = new Entry(sql, hash, shape, classification);
    }
  }

  private void age(int first) {
    for (int way = first; way < first + WAYS; way++) {
      Entry entry = entries[way];
      if (entry != null && entry.uses > 0) {
        entry.uses--;
      }
    }
  }

  /** Removes all statements of a shape. */
  void remove(long shape) {
    for (int i = 0; i < entries.length; i++) {
      Entry entry = entries[i];
      if (entry != null && entry.shape == shape) {
        entries[i] = null;
      }
    }
  }

  private int set(int hash) {
    return spread(hash) & mask & -WAYS;
  }

  /**
   * The hash of a string differs in few bits where texts differ in few letters; this is the last
   * step of MurmurHash3 by Austin Appleby, which he put in the public domain.
   */
  private static int spread(int hash) {
    int h = (hash ^ (hash >>> 16)) * 0x85EBCA6B;
    h = (h ^ (h >>> 13)) * 0xC2B2AE35;
    return h ^ (h >>> 16);
  }

  private static final class Entry {
    final String sql;
    final int hash;
    final long shape;
    final Classification classification;

    /** Plain and racy: it only has to tell some use from none. */
    int uses;

    Entry(String sql, int hash, long shape, Classification classification) {
      this.sql = sql;
      this.hash = hash;
      this.shape = shape;
      this.classification = classification;
    }

    boolean holds(String other, int otherHash) {
      return hash == otherHash && sql.equals(other);
    }
  }
}
