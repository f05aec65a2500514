// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.sql.Transactions;
import io.scalingtoolkit.sample.platform.web.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Names of users who are all in one database, whose unique indexes decide. Thread-safe. */
final class IndexedNames implements LoginNames {

  private final AccountRepository accounts;
  private final Transactions transactions;

  IndexedNames(AccountRepository accounts, Transactions transactions) {
    this.accounts = accounts;
    this.transactions = transactions;
  }

  @Override
  public Optional<AccountRow> findByEmail(EmailAddress email) {
    return transactions.read(email.key(), () -> accounts.findByEmail(email.key()));
  }

  @Override
  public Optional<AccountRow> findByUsername(Username username) {
    return transactions.read(username.key(), () -> accounts.findByUsername(username.key()));
  }

  @Override
  public List<FieldError> taken(
      AccountRequests.Names names, @Nullable String exceptId, boolean current) {
    String key = names.email().key();
    return current
        ? transactions.write(key, () -> taken(names, exceptId))
        : transactions.read(key, () -> taken(names, exceptId));
  }

  @Override
  public Hold hold(
      String userId, @Nullable AccountRow before, AccountRequests.@Nullable Names after) {
    return new Hold() {
      @Override
      public void use() {
        if (after != null) {
          refuse(taken(after, before == null ? null : userId));
        }
      }

      @Override
      public void close() {
        // The indexes know.
      }
    };
  }

  private List<FieldError> taken(AccountRequests.Names names, @Nullable String exceptId) {
    List<FieldError> taken = new ArrayList<>();
    if (isAnothers(accounts.findByEmail(names.email().key()), exceptId)) {
      taken.add(TAKEN_EMAIL);
    }
    if (isAnothers(accounts.findByUsername(names.username().key()), exceptId)) {
      taken.add(TAKEN_USERNAME);
    }
    return taken;
  }

  private static boolean isAnothers(Optional<AccountRow> found, @Nullable String id) {
    return found.isPresent() && !found.get().id().equals(id);
  }

  private static void refuse(List<FieldError> taken) {
    if (!taken.isEmpty()) {
      throw LoginNames.takenBy(taken);
    }
  }
}
