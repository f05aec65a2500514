// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.Micros;

/**
 * A user as the database keeps it; immutable. Its text form leaves out everything personal, so that
 * it is harmless in a log.
 */
record AccountRow(
    String id,
    EmailAddress email,
    Username username,
    String passwordHash,
    AccountView.Profile profile,
    long createdAt,
    long updatedAt,
    long version) {

  AccountView view() {
    return new AccountView(
        id,
        email.text(),
        username.text(),
        profile,
        Micros.text(createdAt),
        Micros.text(updatedAt),
        version);
  }

  /** Whether another state of the account has the same e-mail address and user name. */
  boolean hasNamesOf(AccountRow other) {
    return email.key().equals(other.email.key()) && username.key().equals(other.username.key());
  }

  @Override
  public String toString() {
    return "AccountRow[" + id + ", version " + version + "]";
  }
}
