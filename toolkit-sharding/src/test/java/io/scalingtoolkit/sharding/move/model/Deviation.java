// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

/** A way in which an implementation could differ from the protocol. */
enum Deviation {
  // Writers.
  FENCE_READ_BEFORE_LOCK("the guard reads the slot row before it has the shared lock"),
  LOG_AFTER_COMMIT("the log entry is written in a transaction after that of the change"),
  LOG_IDS_REUSED("a log entry gets the lowest id above those in the log"),

  // Arming and installing.
  ARM_AFTER_FIRST_CHUNK("capture is switched on after the first chunk was read"),
  ARM_WITHOUT_WAITING("capture is switched on beside transactions that began without it"),
  INSTALL_WITHOUT_WAITING("a token is installed beside an open transaction of the old mover"),
  INSTALL_UNCHECKED("a token is installed over a later one"),
  INSTALL_SOURCE_FIRST("a take-over installs its token in the source before the target"),
  NO_ARM_AT_TAKE_OVER("a take-over installs its token only, and does not arm again"),
  RESUME_AT_DRAIN("a take-over drains without copying again"),
  INSTALL_IN_TARGET_ONLY("a take-over does not install its token in the source"),

  // Copy and drain.
  CHUNK_WRITTEN_AFTER_DRAIN("entries are drained between the read and the write of a chunk"),
  CHUNK_UPSERT("a chunk overwrites rows that are there"),
  ROWS_BEFORE_LOG("a drain reads the rows before the entries"),
  DELETE_BEFORE_APPLY("entries are deleted before they are applied"),
  DELETE_WHOLE_KEY("all entries of the keys are deleted, not those that were read"),
  DELETE_UP_TO_HIGHEST("all entries up to the highest id that was read are deleted"),
  DELETE_CHECKS_TOKEN("entries are deleted under the token of the mover only"),
  TARGET_TOKEN_UNCHECKED("rows are written under any token"),
  TARGET_STATE_UNCHECKED("rows are written in any state of the slot, under the right token"),

  // Freeze and switch.
  FREEZE_WITHOUT_WAITING("the freeze does not wait for transactions that write"),
  FREEZE_TOKEN_UNCHECKED("the freeze does not check the token"),
  FROZEN_UNRECORDED("control is not told of the freeze; the switch does without"),
  EMPTY_LOG_BEFORE_FREEZE("the log is not read again after the freeze"),
  SWITCH_TOKEN_UNCHECKED("the switch checks the state but not the token"),
  SWITCH_STATE_UNCHECKED("the switch checks the token but not the state"),
  UNKNOWN_SWITCH_FAILED("a switch with unknown outcome is taken as failed"),
  UNKNOWN_SWITCH_DONE("a switch with unknown outcome is taken as done"),

  // Activation and soak.
  ACTIVATE_BEFORE_SWITCH("the target is activated before the switch"),
  ACTIVATE_TARGET_FIRST("the target is activated before the source is made to import"),
  ACTIVATE_TOKEN_UNCHECKED("the activation does not check the token"),
  ACTIVATE_EMPTIES_LOG("an activation done again empties the reverse log"),
  REVERSE_CAPTURE_LATE("reverse capture is switched on after the activation"),
  FINALIZE_UNDECIDED("the finalization is not recorded before it begins"),
  FINALIZE_SOURCE_FIRST("the source is purged before reverse capture is off"),
  FINALIZE_TOKEN_UNCHECKED("the finalization does not check the token"),

  // Ways back.
  UNFREEZE_BEFORE_CONTROL("an abort unfreezes the source before control knows of it"),
  UNFREEZE_BEFORE_TARGET("an abort unfreezes the source before the target is foreign"),
  ABORT_WITHOUT_WAITING("an abort purges beside an open transaction of the old mover"),
  ABORT_TOKEN_UNCHECKED("an abort touches slot rows whatever their token"),
  TOKEN_CLEARED("an abort clears the tokens of the slot rows"),
  RETURN_WITHOUT_FREEZE("a rollback does not freeze the target"),
  RETURN_WITHOUT_DRAIN("a rollback does not drain after the freeze"),
  RETURN_TARGET_FIRST("a rollback purges the target before the source is owned"),
  RETURN_TOKEN_UNCHECKED("a rollback does not check the token in the slot rows");

  private final String text;

  Deviation(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return name() + " (" + text + ")";
  }
}
