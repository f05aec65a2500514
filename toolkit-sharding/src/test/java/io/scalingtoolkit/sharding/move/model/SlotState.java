// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

/** What a database says about the slot. */
enum SlotState {
  FOREIGN,
  OWNED,
  IMPORTING,
  FROZEN;

  private static final SlotState[] VALUES = values();

  static SlotState of(int ordinal) {
    return VALUES[ordinal];
  }
}
