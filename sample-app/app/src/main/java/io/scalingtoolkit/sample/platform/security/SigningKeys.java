// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.oauth2.jwt.Jwt;

/**
 * The keys that sign and verify access tokens, read from a folder that may change at any time.
 * Thread-safe; at most once a second a caller reads the folder, which blocks only that caller.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The newest key signs, but only {@link #ACTIVATION} after it was made, so that every process
 *       that shares the folder has seen it before the first token needs it. A key without an older
 *       one signs at once.
 *   <li>An older key verifies until the last token it signed has expired, then it is forgotten, and
 *       its file is deleted when a process starts.
 *   <li>Deleting a key's file makes its tokens invalid within a second, except the last file.
 *   <li>The {@code kid} of a token is only compared with the keys in memory and never becomes part
 *       of a path.
 * </ul>
 */
final class SigningKeys implements JWKSource<SecurityContext> {

  /** Age at which a key begins to sign. */
  static final Duration ACTIVATION = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(SigningKeys.class);
  private static final Duration RESCAN = Duration.ofSeconds(1);
  private static final Duration RESCAN_FOR_UNKNOWN_KEY = Duration.ofMillis(100);

  private final KeyFiles files;
  private final Clock clock;
  private final Duration longestToken;
  private final Object scanning = new Object();
  private volatile Scan last;

  private record Scan(Set<String> names, List<ECKey> keys, Instant at) {}

  /**
   * Opens the folder and creates the first key when there is none.
   *
   * @param files the folder
   * @param clock time for activation, retirement and the pause between readings
   * @param longestToken longest life of a token that any process signs with these keys
   * @throws UncheckedIOException naming what cannot be read or written
   */
  SigningKeys(KeyFiles files, Clock clock, Duration longestToken) {
    this.files = files;
    this.clock = clock;
    this.longestToken = longestToken;
    try {
      if (files.names().isEmpty()) {
        ECKey first = files.create(clock);
        log.info("created signing key {}", first.getKeyID());
      }
      Set<String> names = files.names();
      this.last = new Scan(names, files.read(names), clock.instant());
      deleteRetired();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken.getMessage(), broken);
    }
  }

  /** Returns the private key that signs now. */
  ECKey signing() {
    List<ECKey> keys = current(RESCAN).keys();
    Instant youngest = clock.instant().minus(ACTIVATION);
    for (ECKey key : keys) {
      if (!key.getIssueTime().toInstant().isAfter(youngest)) {
        return key;
      }
    }
    return keys.get(keys.size() - 1);
  }

  /** Returns the public keys that verify tokens now, newest first. */
  JWKSet verifying() {
    return new JWKSet(publicKeys(current(RESCAN)));
  }

  /** Tells whether the key that a verified token names still verifies. */
  boolean verifies(Jwt token) {
    Object kid = token.getHeaders().get("kid");
    return live(current(RESCAN).keys()).stream().anyMatch(key -> key.getKeyID().equals(kid));
  }

  /** Selects among the public keys; an unknown one is looked for in the folder first. */
  @Override
  public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) {
    List<JWK> found = selector.select(verifying());
    if (!found.isEmpty()) {
      return found;
    }
    return selector.select(new JWKSet(publicKeys(current(RESCAN_FOR_UNKNOWN_KEY))));
  }

  private List<JWK> publicKeys(Scan scan) {
    List<JWK> keys = new ArrayList<>();
    for (ECKey key : live(scan.keys())) {
      keys.add(key.toPublicJWK());
    }
    return keys;
  }

  /** The keys that some unexpired token may have been signed with, newest first. */
  private List<ECKey> live(List<ECKey> newestFirst) {
    List<ECKey> live = new ArrayList<>();
    Instant now = clock.instant();
    for (int i = 0; i < newestFirst.size(); i++) {
      boolean replaced =
          i > 0
              && now.isAfter(
                  newestFirst
                      .get(i - 1)
                      .getIssueTime()
                      .toInstant()
                      .plus(ACTIVATION)
                      .plus(RESCAN)
                      .plus(longestToken));
      if (!replaced) {
        live.add(newestFirst.get(i));
      }
    }
    return live;
  }

  private Scan current(Duration oldest) {
    Scan seen = last;
    if (!isDue(seen, oldest)) {
      return seen;
    }
    synchronized (scanning) {
      seen = last;
      if (isDue(seen, oldest)) {
        seen = rescan(seen);
        last = seen;
      }
      return seen;
    }
  }

  private boolean isDue(Scan scan, Duration oldest) {
    Duration age = Duration.between(scan.at(), clock.instant());
    return age.isNegative() || age.compareTo(oldest) >= 0;
  }

  private Scan rescan(Scan before) {
    Instant now = clock.instant();
    try {
      Set<String> names = files.names();
      if (names.equals(before.names())) {
        return new Scan(names, before.keys(), now);
      }
      if (names.isEmpty()) {
        log.warn("{} has no signing key any more: the ones read before stay in use", files);
        return new Scan(before.names(), before.keys(), now);
      }
      List<ECKey> keys = files.read(names);
      log.info("signing keys changed, now {}", names);
      return new Scan(names, keys, now);
    } catch (IOException unreadable) {
      log.warn(
          "cannot read the signing keys in {}: those read before stay in use", files, unreadable);
      return new Scan(before.names(), before.keys(), now);
    }
  }

  private void deleteRetired() throws IOException {
    List<ECKey> live = live(last.keys());
    for (ECKey key : last.keys()) {
      if (!live.contains(key)) {
        files.delete(key);
        log.info("deleted signing key {}, which no token uses any more", key.getKeyID());
      }
    }
  }
}
