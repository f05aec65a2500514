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
 * Eviction     A newcomer replaces an entry of its set that was not used since it came or since
 *              the last ageing. In a set where all were used, one newcomer in {@value #AGEING}
 *              ages the set and the others are not kept. So statements that come once, however
 *              many, take one place of a set and not the places of those that come again.
 * </pre>
 */
final class ClassificationCache {
  private static final int WAYS = 4;
  private static final int AGEING = 16;
  private static final int MOST_USES = 3;

  private final @Nullable Entry[] entries;
  private final int mask;

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
    int victim = first;
    int fewest = Integer.MAX_VALUE;
    for (int way = first; way < first + WAYS; way++) {
      Entry entry = entries[way];
      int uses = entry == null ? -1 : entry.uses;
      if (uses < fewest) {
        fewest = uses;
        victim = way;
      }
    }
    if (fewest > 0) {
      if (Math.floorMod(spread(hash) >>> 20, AGEING) == 0) {
        age(first);
      }
      return;
    }
    entries[victim] = new Entry(sql, hash, shape, classification);
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

  private static int spread(int hash) {
    int h = hash * 0x9E3779B9;
    return h ^ (h >>> 15);
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
