// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.web.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The names that registrations in this process are about to take. Of simultaneous registrations of
 * one name only the first costs a hash; the others are refused at once. This only saves work: what
 * decides is the database. Thread-safe; holds at most two names for each request that runs.
 */
final class NameClaims {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Set<String> names = ConcurrentHashMap.newKeySet();

  /** Returns a claim that has nothing yet. */
  Claim open() {
    return new Claim();
  }

  /** What one registration has claimed. Confined; closing it frees the names. */
  final class Claim implements AutoCloseable {

    private final List<String> taken = new ArrayList<>();
    private LoginNames.@Nullable Hold hold;

    private Claim() {}

    /** Keeps what the names are reserved by until the claim is closed. */
    void hold(LoginNames.Hold reserved) {
      hold = reserved;
    }

    /** Takes the names, in the transaction of their new user. */
    void use() {
      if (hold == null) {
        throw new IllegalStateException("the names have not been reserved");
      }
      hold.use();
    }

    /**
     * Claims both names.
     *
     * @throws Problem 409 with Retry-After when another registration has one of them
     */
    void take(EmailAddress email, Username username) {
      take("email " + email.key());
      take("username " + username.key());
    }

    private void take(String name) {
      if (!names.add(name)) {
        throw Problem.conflict("Another registration with these names is running.", RETRY_AFTER);
      }
      taken.add(name);
    }

    @Override
    public void close() {
      if (hold != null) {
        hold.close();
      }
      taken.forEach(names::remove);
      taken.clear();
    }
  }
}
