// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.Ids;
import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.audit.AuditLog;
import io.scalingtoolkit.sample.platform.security.AccessTokens;
import io.scalingtoolkit.sample.platform.security.Caller;
import io.scalingtoolkit.sample.platform.security.PasswordPolicy;
import io.scalingtoolkit.sample.platform.security.Passwords;
import io.scalingtoolkit.sample.platform.security.SecurityProperties;
import io.scalingtoolkit.sample.platform.sql.Transactions;
import io.scalingtoolkit.sample.platform.web.Problem;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Log-in, refresh and log-out. Thread-safe.
 *
 * <p>A refresh token works once. Its second use, for whatever reason, ends the session: the server
 * cannot tell a thief from a client that repeats a call whose answer it did not get, and the safe
 * reading costs an honest client one log-in. Clients therefore send one refresh at a time.
 */
@Component
final class SessionService {

  private static final Logger log = LoggerFactory.getLogger(SessionService.class);
  private static final String WRONG = "The login or the password is wrong.";
  private static final String SPENT = "The refresh token is not or no longer valid.";

  private final AccountRepository accounts;
  private final LoginNames names;
  private final SessionRepository sessions;
  private final Passwords passwords;
  private final LoginBackoff backoff;
  private final AccessTokens accessTokens;
  private final AuditLog audit;
  private final Transactions transactions;
  private final SecurityProperties settings;
  private final Ids ids;
  private final SecureRandom random;
  private final Clock clock;

  SessionService(
      AccountRepository accounts,
      LoginNames names,
      SessionRepository sessions,
      Passwords passwords,
      LoginBackoff backoff,
      AccessTokens accessTokens,
      AuditLog audit,
      Transactions transactions,
      SecurityProperties settings,
      Ids ids,
      SecureRandom random,
      Clock clock) {
    this.accounts = accounts;
    this.names = names;
    this.sessions = sessions;
    this.passwords = passwords;
    this.backoff = backoff;
    this.accessTokens = accessTokens;
    this.audit = audit;
    this.transactions = transactions;
    this.settings = settings;
    this.ids = ids;
    this.random = random;
    this.clock = clock;
  }

  /** What a client gets; its text form holds no token. */
  record Tokens(
      String userId,
      String accessToken,
      String tokenType,
      long expiresIn,
      String refreshToken,
      long refreshExpiresIn) {

    @Override
    public String toString() {
      return "Tokens[" + userId + "]";
    }
  }

  /**
   * Opens a session.
   *
   * @param login an e-mail address or a user name
   * @param password the password
   * @param address literal address of the socket's peer
   * @throws Problem 401 in the same words for an unknown login and a wrong password, 429 during a
   *     pause, 503 when too many passwords are being checked
   */
  Tokens open(String login, String password, String address) {
    if (!PasswordPolicy.hashable(password)) {
      throw Problem.unauthorized(WRONG);
    }
    Optional<AccountRow> account = find(login);
    LoginBackoff.Origin origin =
        LoginBackoff.Origin.of(account.map(AccountRow::id).orElseGet(() -> nobody(login)), address);
    backoff.check(origin);
    String hash = account.map(AccountRow::passwordHash).orElse(null);
    boolean right = passwords.verify(password, hash, () -> backoff.check(origin));
    if (!right || hash == null) {
      backoff.failed(origin);
      throw Problem.unauthorized(WRONG);
    }
    String newHash = passwords.outdated(hash) ? rehashed(password, hash) : hash;
    int failures = backoff.succeeded(origin);
    String userId = account.orElseThrow().id();
    RefreshToken refresh = RefreshToken.first(userId, random);
    SessionRepository.Row session = newSession(userId, refresh);
    transactions.write(
        userId,
        () -> {
          // Takes turns with a password change, which must not leave a session with the old one.
          if (!accounts.exchangeHash(session.userId(), hash, newHash)) {
            throw Problem.unauthorized(WRONG);
          }
          sessions.trim(session.userId(), session.createdAt(), settings.sessionsPerUser() - 1);
          sessions.insert(session);
          String detail = "failed attempts before: " + failures;
          audit.append(session.userId(), "session.opened", session.id(), detail);
          return true;
        });
    return tokens(session, refresh);
  }

  /**
   * Exchanges a refresh token for new tokens.
   *
   * @throws Problem 401 when the token is unknown, expired or spent; a spent one ends its session
   */
  Tokens refresh(String text) {
    RefreshToken token = RefreshToken.parse(text).orElseThrow(() -> Problem.unauthorized(SPENT));
    RefreshToken next = token.next(random);
    long now = Micros.now(clock);
    Optional<SessionRepository.Row> refreshed =
        transactions.write(
            token.userId(),
            () -> {
              Optional<SessionRepository.Row> found =
                  sessions.findFamily(token.familyHash(), token.userId());
              if (found.isEmpty() || found.get().expiresAt() <= now) {
                return Optional.empty();
              }
              SessionRepository.Row session = found.get();
              if (sessions.rotate(session.id(), token.secretHash(), next.secretHash(), now)) {
                return found;
              }
              if (sessions.delete(session.id())) {
                audit.append(session.userId(), "session.reuse-detected", session.id(), "");
                log.warn("session.reuse-detected: session {} was ended", session.id());
              }
              return Optional.empty();
            });
    return tokens(refreshed.orElseThrow(() -> Problem.unauthorized(SPENT)), next);
  }

  /** Ends the session of the caller, with its access and refresh tokens. */
  void close(Caller caller) {
    transactions.write(
        caller.userId(),
        () -> {
          if (sessions.delete(caller.sessionId())) {
            audit.append(caller.userId(), "session.closed", caller.sessionId(), "");
          }
          return true;
        });
  }

  private Optional<AccountRow> find(String login) {
    try {
      if (login.indexOf('@') >= 0) {
        return names.findByEmail(EmailAddress.parse(login));
      }
      return names.findByUsername(Username.parse(login));
    } catch (InvalidNameException nobodyHasIt) {
      return Optional.empty();
    }
  }

  /** What failures of a login without account are counted under, bounded in length. */
  private static String nobody(String login) {
    return "nobody:" + CaseFolding.foldBounded(login);
  }

  /** Hashes again at today's cost; when the machine is too busy, the old hash stays for now. */
  private String rehashed(String password, String hash) {
    try {
      return passwords.hash(password, () -> {});
    } catch (Problem busy) {
      log.debug("password.rehash-postponed", busy);
      return hash;
    }
  }

  private SessionRepository.Row newSession(String userId, RefreshToken refresh) {
    long now = Micros.now(clock);
    return new SessionRepository.Row(
        ids.next(),
        userId,
        refresh.familyHash(),
        refresh.secretHash(),
        now,
        now,
        now + Micros.of(settings.sessionLifetime()));
  }

  private Tokens tokens(SessionRepository.Row session, RefreshToken refresh) {
    long microsLeft = Math.max(0, session.expiresAt() - Micros.now(clock));
    return new Tokens(
        session.userId(),
        accessTokens.issue(new Caller(session.userId(), session.id())),
        "Bearer",
        accessTokens.lifetime().toSeconds(),
        refresh.text(),
        Duration.ofNanos(microsLeft * 1000).toSeconds());
  }
}
