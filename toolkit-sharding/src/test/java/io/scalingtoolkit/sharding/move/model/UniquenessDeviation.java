// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

/** A way in which an implementation could differ from the reservation protocol. */
enum UniquenessDeviation {
  RESERVE_OVERWRITES("a reservation is made over one that is pending"),
  NO_USED_ROW("the main transaction does not write the used row"),
  USED_AFTER_COMMIT("the used row is written in a transaction after the main one"),
  CONFIRM_BY_VALUE("a reservation is confirmed by its value, not by its id"),
  SWEEP_BY_AGE("the sweeper frees an old pending reservation without asking the owner"),
  SWEEP_READS_ONLY("the sweeper looks for the used row and writes no cancelled row"),
  FREE_BY_VALUE("a reservation is freed by its value, not by its id"),
  FREE_BEFORE_CANCEL("the sweeper frees the reservation before it writes the cancelled row"),
  CANCELLED_ROW_PURGED("the cancelled row is deleted with the reservation"),
  RELEASE_FIRST("a reservation is freed before its row is deleted"),
  RELEASE_UNRECORDED("the transaction that deletes the row does not leave a released row");

  private final String text;

  UniquenessDeviation(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return name() + " (" + text + ")";
  }
}
