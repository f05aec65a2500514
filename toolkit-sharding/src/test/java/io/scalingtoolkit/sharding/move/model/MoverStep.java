// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

/** The step that a mover takes next; each is one transaction in one database, or half of one. */
enum MoverStep {
  /** Not moving: fresh, refused or crashed. Knows nothing. */
  IDLE,
  /** Puts its token into the slot row of the target, and arms it. */
  INSTALL_TARGET,
  /** Puts its token into the slot row of the source, and switches capture on. */
  INSTALL_SOURCE,
  COPY_READ,
  /** Arms the source after the first chunk was read; only a deviation does that. */
  ARM_LATE,
  /** Takes the shared lock on the slot in the target and checks state and token. */
  COPY_LOCK,
  COPY_WRITE,
  DRAIN_LOG,
  DRAIN_ROWS,
  DRAIN_LOCK,
  DRAIN_APPLY,
  DRAIN_DELETE,
  FREEZE,
  RECORD_FROZEN,
  SWITCH,
  /** The outcome of the switch is unknown. */
  REREAD,
  ACTIVATE_SOURCE,
  ACTIVATE_TARGET,
  /** Switches reverse capture on after the activation; only a deviation does that. */
  CAPTURE_LATE,
  RECORD_SOAK,
  SOAK,
  FINALIZE_TARGET,
  FINALIZE_SOURCE,
  RECORD_DONE,
  /** Unfreezes the source before control knows of the abort; only a deviation does that. */
  UNFREEZE_EARLY,
  ABORT_TARGET,
  ABORT_SOURCE,
  RECORD_ABORTED,
  RETURN_SOURCE,
  RETURN_TARGET,
  RECORD_RETURNED;

  private static final MoverStep[] VALUES = values();

  static MoverStep of(int ordinal) {
    return VALUES[ordinal];
  }
}
