// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

/** What a database lets writers do with the rows of a slot. */
public enum SlotState {
  /** The slot is here; everybody may write. */
  OWNED,
  /** Rows are coming in; only the mover with the current token may write. */
  IMPORTING,
  /** The slot is about to leave; nobody may write. */
  FROZEN,
  /** The slot is elsewhere; nobody may write. */
  FOREIGN
}
