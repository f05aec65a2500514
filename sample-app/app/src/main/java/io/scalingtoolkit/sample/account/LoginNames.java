// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.web.FieldError;
import io.scalingtoolkit.sample.platform.web.Problem;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who has which e-mail address and user name; of each nobody has the same. Thread-safe. All methods
 * ask the database, outside of any transaction.
 */
interface LoginNames {

  /** What is said of an e-mail address that another user has. */
  FieldError TAKEN_EMAIL = new FieldError("email", "is already taken");

  /** What is said of a user name that another user has. */
  FieldError TAKEN_USERNAME = new FieldError("username", "is already taken");

  /** The problem 409 of names that others have. */
  static Problem takenBy(List<FieldError> taken) {
    return Problem.conflict("Another account has these names.", taken.toArray(FieldError[]::new));
  }

  /** Finds the account with an e-mail address. */
  Optional<AccountRow> findByEmail(EmailAddress email);

  /** Finds the account with a user name. */
  Optional<AccountRow> findByUsername(Username username);

  /**
   * Returns an error for each name that another user has.
   *
   * @param exceptId whose own names are no error
   * @param current whether to look where names are written, since a copy may not have all yet
   */
  List<FieldError> taken(AccountRequests.Names names, @Nullable String exceptId, boolean current);

  /**
   * Begins a change of the names of a user.
   *
   * @param before the account as it is; null for a new one
   * @param after the names it is to have; null where the account goes
   * @throws Problem 409 when another user has one of them
   */
  Hold hold(String userId, @Nullable AccountRow before, AccountRequests.@Nullable Names after);

  /** Names that are about to change; to be closed after the transaction. Confined. */
  interface Hold extends AutoCloseable {

    /**
     * Changes them in the transaction of the user.
     *
     * @throws Problem 409 when another user has one of them
     */
    void use();

    @Override
    void close();
  }
}
