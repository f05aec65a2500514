// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

/** Where the transaction of a writer is. */
enum WriterStep {
  IDLE,
  /** Has read the slot row without a lock; only a deviation does that. */
  CHECKED,
  /** Holds the shared lock on the slot and the lock on the row that it changed. */
  WRITTEN,
  /** Committed, and still to write the log entry; only a deviation does that. */
  LOGGING;

  private static final WriterStep[] VALUES = values();

  static WriterStep of(int ordinal) {
    return VALUES[ordinal];
  }
}
