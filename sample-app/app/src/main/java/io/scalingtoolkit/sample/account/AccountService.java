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
import java.util.function.Function;
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
  private final LoginNames names;
  private final ProfileCache profiles;
  private final SessionRepository sessions;
  private final Passwords passwords;
  private final PasswordPolicy policy;
  private final LoginBackoff backoff;
  private final AuditLog audit;
  private final Transactions transactions;
  private final Clock clock;

  AccountService(
      AccountRepository accounts,
      LoginNames names,
      ProfileCache profiles,
      SessionRepository sessions,
      Passwords passwords,
      PasswordPolicy policy,
      LoginBackoff backoff,
      AuditLog audit,
      Transactions transactions,
      Clock clock) {
    this.accounts = accounts;
    this.names = names;
    this.profiles = profiles;
    this.sessions = sessions;
    this.passwords = passwords;
    this.policy = policy;
    this.backoff = backoff;
    this.audit = audit;
    this.transactions = transactions;
    this.clock = clock;
  }

  /**
   * First half of a registration, outside of any transaction: checks the fields, looks whether the
   * names are free, hashes the password and reserves the names. Whether they are free is asked
   * again once they are claimed, because a faster registration may have finished in between.
   *
   * @param claim held by the caller until the registration has ended
   * @param ids gives the id of the new account
   */
  AccountRow prepare(AccountRequests.Registration body, NameClaims.Claim claim, Ids ids) {
    AccountRequests.Registration.Wanted checked = body.checked(policy);
    AccountRequests.Names wanted = checked.names();
    requireFree(wanted);
    claim.take(wanted.email(), wanted.username());
    requireFree(wanted);
    String hash = passwords.hash(checked.password(), () -> {});
    long now = Micros.now(clock);
    AccountView.Profile profile = new AccountView.Profile(wanted.profileName(), null);
    String id = ids.next();
    claim.hold(names.hold(id, null, wanted));
    return new AccountRow(id, wanted.email(), wanted.username(), hash, profile, now, now, 1);
  }

  /** Second half of a registration, in the transaction of the caller. */
  AccountRow create(AccountRow prepared, NameClaims.Claim claim) {
    claim.use();
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

  private Problem whoseNames(
      AccountRequests.Names wanted, @Nullable String exceptId, DuplicateKeyException refused) {
    List<FieldError> taken = names.taken(wanted, exceptId, true);
    if (taken.isEmpty()) {
      throw refused;
    }
    return LoginNames.takenBy(taken);
  }

  private void requireFree(AccountRequests.Names wanted) {
    List<FieldError> taken = names.taken(wanted, null, false);
    if (!taken.isEmpty()) {
      throw LoginNames.takenBy(taken);
    }
  }

  /** For showing only: it may come from a cache. What is to be changed is read from the table. */
  AccountView read(String id) {
    return profiles
        .find(id, () -> transactions.read(id, () -> accounts.find(id)))
        .orElseThrow(Problem::notFound);
  }

  AccountRow update(String id, AccountRequests.Names wanted, @Nullable String ifMatch) {
    try {
      return rename(id, wanted, ifMatch);
    } catch (DuplicateKeyException lostTheRace) {
      throw whoseNames(wanted, id, lostTheRace);
    }
  }

  /** The names are reserved before the transaction, so by what the account was shortly before. */
  private AccountRow rename(String id, AccountRequests.Names wanted, @Nullable String ifMatch) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      AccountRow seen =
          transactions.write(id, () -> accounts.find(id).orElseThrow(Problem::notFound));
      Etags.requireMatch(ifMatch, seen.version());
      try (LoginNames.Hold hold = names.hold(id, seen, wanted)) {
        Optional<AccountRow> renamed =
            changeOnce(
                id,
                ifMatch,
                "account.updated",
                before -> {
                  if (!before.hasNamesOf(seen)) {
                    return Optional.empty();
                  }
                  hold.use();
                  return Optional.of(
                      new AccountRow(
                          id,
                          wanted.email(),
                          wanted.username(),
                          before.passwordHash(),
                          new AccountView.Profile(
                              wanted.profileName(), before.profile().avatarUrl()),
                          before.createdAt(),
                          Micros.now(clock),
                          before.version() + 1));
                });
        if (renamed.isPresent()) {
          return renamed.get();
        }
      }
    }
    throw Problem.unavailable(Duration.ofSeconds(1));
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
                Optional.of(
                    new AccountRow(
                        id,
                        before.email(),
                        before.username(),
                        before.passwordHash(),
                        new AccountView.Profile(before.profile().name(), avatarUrl),
                        before.createdAt(),
                        Micros.now(clock),
                        before.version() + 1)));
    return changed.view();
  }

  /** Changes the password and ends every session of the user. */
  void changePassword(String id, AccountRequests.PasswordChange body, String address) {
    AccountRow account =
        transactions.read(id, () -> accounts.find(id)).orElseThrow(Problem::notFound);
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
        id,
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
      String id,
      @Nullable String ifMatch,
      String action,
      Function<AccountRow, Optional<AccountRow>> edit) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<AccountRow> changed = changeOnce(id, ifMatch, action, edit);
      if (changed.isPresent()) {
        return changed.get();
      }
    }
    throw Problem.unavailable(Duration.ofSeconds(1));
  }

  /** Returns nothing when the row was changed by somebody else in between. */
  private Optional<AccountRow> changeOnce(
      String id,
      @Nullable String ifMatch,
      String action,
      Function<AccountRow, Optional<AccountRow>> edit) {
    return transactions.write(
        id,
        () -> {
          AccountRow before = accounts.find(id).orElseThrow(Problem::notFound);
          Etags.requireMatch(ifMatch, before.version());
          Optional<AccountRow> after = edit.apply(before);
          if (after.isEmpty() || !accounts.replace(after.get())) {
            return Optional.empty();
          }
          audit.append(id, action, id, "version " + after.get().version());
          return after;
        });
  }
}
