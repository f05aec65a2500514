// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.sql.Transactions;
import io.scalingtoolkit.sample.platform.web.FieldError;
import io.scalingtoolkit.sample.platform.web.Problem;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.unique.UniqueChange;
import io.scalingtoolkit.sharding.unique.UniqueHold;
import io.scalingtoolkit.sharding.unique.UniqueKeys;
import io.scalingtoolkit.sharding.unique.UniqueValue;
import io.scalingtoolkit.sharding.unique.ValueTakenException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Names of users who are spread over shards: a name is reserved, used in the transaction of its
 * user, and then confirmed. Thread-safe.
 */
final class ReservedNames implements LoginNames {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final UniqueKeys unique;
  private final AccountRepository accounts;
  private final Transactions transactions;
  private final JdbcOperations jdbc;
  private final SQLExceptionTranslator errors;

  ReservedNames(
      UniqueKeys unique,
      AccountRepository accounts,
      Transactions transactions,
      JdbcOperations jdbc,
      SQLExceptionTranslator errors) {
    this.unique = unique;
    this.accounts = accounts;
    this.transactions = transactions;
    this.jdbc = jdbc;
    this.errors = errors;
  }

  @Override
  public Optional<AccountRow> findByEmail(EmailAddress email) {
    return ownerOf(email(email))
        .flatMap(id -> transactions.read(id, () -> accounts.find(id)))
        .filter(account -> account.email().key().equals(email.key()));
  }

  @Override
  public Optional<AccountRow> findByUsername(Username username) {
    return ownerOf(username(username))
        .flatMap(id -> transactions.read(id, () -> accounts.find(id)))
        .filter(account -> account.username().key().equals(username.key()));
  }

  @Override
  public List<FieldError> taken(
      AccountRequests.Names names, @Nullable String exceptId, boolean current) {
    List<FieldError> taken = new ArrayList<>();
    if (isAnothers(ownerOf(email(names.email())), exceptId)) {
      taken.add(TAKEN_EMAIL);
    }
    if (isAnothers(ownerOf(username(names.username())), exceptId)) {
      taken.add(TAKEN_USERNAME);
    }
    return taken;
  }

  private static boolean isAnothers(Optional<String> found, @Nullable String id) {
    return found.isPresent() && !found.get().equals(id);
  }

  private Optional<String> ownerOf(UniqueValue value) {
    try {
      return unique.find(value).map(ShardKey::text);
    } catch (SQLException e) {
      throw failure("find the owner of a name", e);
    }
  }

  @Override
  public Hold hold(
      String userId, @Nullable AccountRow before, AccountRequests.@Nullable Names after) {
    UniqueChange change = unique.change(ShardKey.of(userId));
    exchange(
        change,
        before == null ? null : email(before.email()),
        after == null ? null : email(after.email()));
    exchange(
        change,
        before == null ? null : username(before.username()),
        after == null ? null : username(after.username()));
    try {
      return new ReservedHold(change.hold());
    } catch (ValueTakenException e) {
      List<FieldError> taken =
          after == null ? List.of() : taken(after, before == null ? null : userId, true);
      throw taken.isEmpty()
          ? Problem.conflict("Another registration with these names is running.", RETRY_AFTER)
          : LoginNames.takenBy(taken);
    } catch (SQLException e) {
      throw failure("reserve a name", e);
    }
  }

  private static void exchange(
      UniqueChange change, @Nullable UniqueValue before, @Nullable UniqueValue after) {
    if (before != null && before.equals(after)) {
      return;
    }
    if (before != null) {
      change.release(before);
    }
    if (after != null) {
      change.take(after);
    }
  }

  private static UniqueValue email(EmailAddress email) {
    return new UniqueValue("email", email.key());
  }

  private static UniqueValue username(Username username) {
    return new UniqueValue("username", username.key());
  }

  private RuntimeException failure(String task, SQLException e) {
    RuntimeException translated = errors.translate(task, null, e);
    return translated == null ? new IllegalStateException(task, e) : translated;
  }

  /** Learns from Spring how the transaction ended. */
  private final class ReservedHold implements Hold, TransactionSynchronization {

    private final UniqueHold hold;
    private boolean committing;

    ReservedHold(UniqueHold hold) {
      this.hold = hold;
    }

    @Override
    public void use() {
      TransactionSynchronizationManager.registerSynchronization(this);
      ConnectionCallback<Boolean> use =
          connection -> {
            hold.use(connection);
            return true;
          };
      jdbc.execute(use);
    }

    @Override
    public void beforeCommit(boolean readOnly) {
      committing = true;
    }

    /** A roll-back after the commit has begun says nothing: its answer may have been lost. */
    @Override
    public void afterCompletion(int status) {
      if (status == STATUS_COMMITTED) {
        hold.committed();
      } else if (status == STATUS_ROLLED_BACK && !committing) {
        hold.rolledBack();
      }
    }

    @Override
    public void close() {
      hold.close();
    }
  }
}
