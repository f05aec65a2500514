// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.audit.AuditLog;
import io.scalingtoolkit.sample.platform.privacy.PersonalData;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import io.scalingtoolkit.sample.platform.web.Etags;
import io.scalingtoolkit.sample.platform.web.Idempotency;
import io.scalingtoolkit.sample.platform.web.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;

/**
 * Deletes a user with everything that any feature stores, in one transaction. The audit rows stay:
 * they hold no personal data, and the last one is the receipt. Thread-safe.
 */
@Component
final class AccountDeletion {

  /** Attempts to delete an account to which requests in flight add things. */
  private static final int ATTEMPTS = 5;

  private final AccountRepository accounts;
  private final LoginNames names;
  private final SessionRepository sessions;
  private final Idempotency answers;
  private final AuditLog audit;
  private final Transactions transactions;
  private final List<PersonalData> features;

  AccountDeletion(
      AccountRepository accounts,
      LoginNames names,
      SessionRepository sessions,
      Idempotency answers,
      AuditLog audit,
      Transactions transactions,
      List<PersonalData> features) {
    this.accounts = accounts;
    this.names = names;
    this.sessions = sessions;
    this.answers = answers;
    this.audit = audit;
    this.transactions = transactions;
    this.features = List.copyOf(features);
  }

  /**
   * Deletes the user.
   *
   * @param ifMatch the If-Match header as received, or null when absent
   * @throws Problem 404 when the user is gone already, 412 when If-Match names another version
   */
  void delete(String id, @Nullable String ifMatch) {
    for (int attempt = 1; ; attempt++) {
      try {
        if (deleteOnce(id, ifMatch)) {
          return;
        }
        if (attempt == ATTEMPTS) {
          throw new CannotAcquireLockException("The account is renamed faster than deleted.");
        }
      } catch (DataIntegrityViolationException somethingWasAdded) {
        // A row that belongs to the user was stored after its feature had erased: again with it.
        if (attempt == ATTEMPTS) {
          throw new CannotAcquireLockException(
              "Things are added to the account faster than it is deleted.", somethingWasAdded);
        }
      }
    }
  }

  /** Returns whether it is done, and not renamed in between. */
  private boolean deleteOnce(String id, @Nullable String ifMatch) {
    AccountRow seen =
        transactions.write(id, () -> accounts.find(id).orElseThrow(Problem::notFound));
    try (LoginNames.Hold hold = names.hold(id, seen, null)) {
      return transactions.write(id, () -> delete(seen, ifMatch, hold));
    }
  }

  private boolean delete(AccountRow seen, @Nullable String ifMatch, LoginNames.Hold hold) {
    String id = seen.id();
    // The lock comes first: from here on nobody adds a session or changes the row.
    if (!accounts.lock(id)) {
      throw Problem.notFound();
    }
    AccountRow account = accounts.find(id).orElseThrow(Problem::notFound);
    Etags.requireMatch(ifMatch, account.version());
    if (!account.hasNamesOf(seen)) {
      return false;
    }
    hold.use();
    features.forEach(feature -> feature.erase(id));
    sessions.deleteOf(id);
    answers.forget(id);
    audit.append(id, "account.deleted", id, "");
    accounts.delete(id);
    return true;
  }
}
