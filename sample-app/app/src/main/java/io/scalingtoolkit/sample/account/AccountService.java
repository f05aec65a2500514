// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.Ids;
import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.audit.AuditLog;
import io.scalingtoolkit.sample.platform.security.PasswordPolicy;
import io.scalingtoolkit.sample.platform.security.Passwords;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import io.scalingtoolkit.sample.platform.web.Etags;
import io.scalingtoolkit.sample.platform.web.FieldError;
import io.scalingtoolkit.sample.platform.web.Problem;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/**
 * What a user can do with the own account. Thread-safe; passwords are hashed outside of
 * transactions, and each action stores its audit row with it.
 */
@Component
final class AccountService implements ProfilePictures {

  /** Attempts to change a row that somebody else changes at the same time. */
  private static final int ATTEMPTS = 5;

  private final AccountRepository accounts;
  private final ProfileCache profiles;
  private final SessionRepository sessions;
  private final Passwords passwords;
  private final PasswordPolicy policy;
  private final LoginBackoff backoff;
  private final AuditLog audit;
  private final Transactions transactions;
  private final Ids ids;
  private final Clock clock;

  AccountService(
      AccountRepository accounts,
      ProfileCache profiles,
      SessionRepository sessions,
      Passwords passwords,
      PasswordPolicy policy,
      LoginBackoff backoff,
      AuditLog audit,
      Transactions transactions,
      Ids ids,
      Clock clock) {
    this.accounts = accounts;
    this.profiles = profiles;
    this.sessions = sessions;
    this.passwords = passwords;
    this.policy = policy;
    this.backoff = backoff;
    this.audit = audit;
    this.transactions = transactions;
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * First half of a registration, outside of any transaction: checks the fields, looks whether the
   * names are free, and hashes the password. The names are looked up again once they are claimed,
   * because a faster registration may have finished in between.
   *
   * @param claim held by the caller until the registration has ended
   */
  AccountRow prepare(AccountRequests.Registration body, NameClaims.Claim claim) {
    AccountRequests.Registration.Wanted checked = body.checked(policy);
    AccountRequests.Names names = checked.names();
    requireFree(names);
    claim.take(names.email(), names.username());
    requireFree(names);
    String hash = passwords.hash(checked.password(), () -> {});
    long now = Micros.now(clock);
    AccountView.Profile profile = new AccountView.Profile(names.profileName(), null);
    return new AccountRow(ids.next(), names.email(), names.username(), hash, profile, now, now, 1);
  }

  /** Second half of a registration, in the transaction of the caller. */
  AccountRow create(AccountRow prepared) {
    refuseTaken(accounts.taken(prepared.email(), prepared.username(), null));
    accounts.insert(prepared);
    audit.append(prepared.id(), "account.registered", prepared.id(), "");
    return prepared;
  }

  /**
   * Explains a duplicate that the database refused because another registration was faster.
   *
   * @return the problem 409 with the names that are taken now
   * @throws DuplicateKeyException the given one when no name is taken
   */
  Problem whoseNames(AccountRequests.Registration body, DuplicateKeyException refused) {
    return whoseNames(body.checked(policy).names(), null, refused);
  }

  /** Looks where the write was refused, because a copy may not have the other account yet. */
  private Problem whoseNames(
      AccountRequests.Names names, @Nullable String exceptId, DuplicateKeyException refused) {
    List<FieldError> taken =
        transactions.write(() -> accounts.taken(names.email(), names.username(), exceptId));
    if (taken.isEmpty()) {
      throw refused;
    }
    return takenBy(taken);
  }

  private void requireFree(AccountRequests.Names names) {
    refuseTaken(transactions.read(() -> accounts.taken(names.email(), names.username(), null)));
  }

  /** For showing only: it may come from a cache. What is to be changed is read from the table. */
  AccountView read(String id) {
    return profiles
        .find(id, () -> transactions.read(() -> accounts.find(id)))
        .orElseThrow(Problem::notFound);
  }

  AccountRow update(String id, AccountRequests.Names names, @Nullable String ifMatch) {
    try {
      return rename(id, names, ifMatch);
    } catch (DuplicateKeyException lostTheRace) {
      throw whoseNames(names, id, lostTheRace);
    }
  }

  private AccountRow rename(String id, AccountRequests.Names names, @Nullable String ifMatch) {
    return change(
        id,
        ifMatch,
        "account.updated",
        before -> {
          refuseTaken(accounts.taken(names.email(), names.username(), id));
          return new AccountRow(
              id,
              names.email(),
              names.username(),
              before.passwordHash(),
              new AccountView.Profile(names.profileName(), before.profile().avatarUrl()),
              before.createdAt(),
              Micros.now(clock),
              before.version() + 1);
        });
  }

  @Override
  public AccountView account(String userId) {
    return read(userId);
  }

  @Override
  public AccountView changeAvatar(String id, @Nullable String avatarUrl, @Nullable String ifMatch) {
    AccountRow changed =
        change(
            id,
            ifMatch,
            "avatar.changed",
            before ->
                new AccountRow(
                    id,
                    before.email(),
                    before.username(),
                    before.passwordHash(),
                    new AccountView.Profile(before.profile().name(), avatarUrl),
                    before.createdAt(),
                    Micros.now(clock),
                    before.version() + 1));
    return changed.view();
  }

  /** Changes the password and ends every session of the user. */
  void changePassword(String id, AccountRequests.PasswordChange body, String address) {
    AccountRow account = transactions.read(() -> accounts.find(id)).orElseThrow(Problem::notFound);
    AccountRequests.PasswordChange.Exchange checked = body.checked(policy, account);
    LoginBackoff.Origin origin = LoginBackoff.Origin.of(id, address);
    backoff.check(origin);
    boolean right =
        PasswordPolicy.hashable(checked.current())
            && passwords.verify(
                checked.current(), account.passwordHash(), () -> backoff.check(origin));
    if (!right) {
      backoff.failed(origin);
      throw Problem.unprocessable("currentPassword", "is not the current password");
    }
    String hash = passwords.hash(checked.next(), () -> {});
    transactions.write(
        () -> {
          if (!accounts.exchangeHash(id, account.passwordHash(), hash)) {
            throw Problem.conflict("The password was changed by another request at the same time.");
          }
          accounts.touch(id, Micros.now(clock));
          int ended = sessions.deleteOf(id);
          audit.append(id, "password.changed", id, "sessions ended: " + ended);
          return true;
        });
    backoff.succeeded(origin);
  }

  private AccountRow change(
      String id, @Nullable String ifMatch, String action, UnaryOperator<AccountRow> edit) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<AccountRow> changed =
          transactions.write(
              () -> {
                AccountRow before = accounts.find(id).orElseThrow(Problem::notFound);
                Etags.requireMatch(ifMatch, before.version());
                AccountRow after = edit.apply(before);
                if (!accounts.replace(after)) {
                  return Optional.empty();
                }
                audit.append(id, action, id, "version " + after.version());
                return Optional.of(after);
              });
      if (changed.isPresent()) {
        return changed.get();
      }
    }
    throw Problem.unavailable(Duration.ofSeconds(1));
  }

  private static void refuseTaken(List<FieldError> taken) {
    if (!taken.isEmpty()) {
      throw takenBy(taken);
    }
  }

  private static Problem takenBy(List<FieldError> taken) {
    return Problem.conflict("Another account has these names.", taken.toArray(FieldError[]::new));
  }
}
