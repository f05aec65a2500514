// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Shapes of statements that a replica refused: a set of 64-bit hashes that forgets the oldest of a
 * bucket when it is full. Two statements with one hash are both taken for writes, which is safe.
 * Thread-safe; reads take no lock.
 */
final class LearnedWrites {
  private static final int BUCKETS = 1 << 13;
  private static final int WAYS = 8;
  private static final VarHandle CELLS = MethodHandles.arrayElementVarHandle(long[].class);

  private final Object lock = new Object();

  /** Null until the first refusal, so that who never errs pays nothing. */
  private volatile long @Nullable [] shapes;

  boolean contains(long shape) {
    long[] cells = shapes;
    if (cells == null) {
      return false;
    }
    int first = bucket(shape);
    for (int way = 0; way < WAYS; way++) {
      if ((long) CELLS.getAcquire(cells, first + way) == nonZero(shape)) {
        return true;
      }
    }
    return false;
  }

  void add(long shape) {
    synchronized (lock) {
      if (contains(shape)) {
        return;
      }
      long[] cells = shapes;
      if (cells == null) {
        cells = new long[BUCKETS * WAYS];
        shapes = cells;
      }
      // The newest first: each of the others moves one place on, and the oldest falls out. A
      // reader that scans upwards may miss none, because a shape is copied before its place is
      // taken.
      int first = bucket(shape);
      for (int way = WAYS - 1; way > 0; way--) {
        CELLS.setRelease(cells, first + way, cells[first + way - 1]);
      }
      CELLS.setRelease(cells, first, nonZero(shape));
    }
  }

  private static int bucket(long shape) {
    return ((int) (shape ^ (shape >>> 32)) & (BUCKETS - 1)) * WAYS;
  }

  private static long nonZero(long shape) {
    return shape == 0 ? 1 : shape;
  }
}
