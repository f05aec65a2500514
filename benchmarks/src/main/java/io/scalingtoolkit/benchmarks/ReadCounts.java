// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.util.concurrent.atomic.LongAdder;

/** Reads that could be judged, and those of them that were stale. Thread-safe. */
final class ReadCounts {
  private final LongAdder ownWrites = new LongAdder();
  private final LongAdder olderThanWritten = new LongAdder();
  private final LongAdder earlierReads = new LongAdder();
  private final LongAdder olderThanRead = new LongAdder();

  /** Counts a read of an item that the session had written. */
  void ownWrite(boolean stale) {
    ownWrites.increment();
    if (stale) {
      olderThanWritten.increment();
    }
  }

  /** Counts a read of an item that the session had read before. */
  void earlierRead(boolean stale) {
    earlierReads.increment();
    if (stale) {
      olderThanRead.increment();
    }
  }

  long ownWrites() {
    return ownWrites.sum();
  }

  long olderThanWritten() {
    return olderThanWritten.sum();
  }

  long earlierReads() {
    return earlierReads.sum();
  }

  long olderThanRead() {
    return olderThanRead.sum();
  }
}
