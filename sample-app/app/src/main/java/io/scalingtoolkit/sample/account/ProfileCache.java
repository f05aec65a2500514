// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.Micros;
import io.scalingtoolkit.sample.platform.cache.ReadCache;
import io.scalingtoolkit.sample.platform.cache.ReadCaches;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * What users see of their own account, where the phase has a cache. The password hash never gets
 * there, and neither log-in nor any check of names or sessions reads from there. Thread-safe.
 */
@Component
final class ProfileCache {

  private final ReadCache<Entry> cache;

  ProfileCache(ReadCaches caches) {
    this.cache = caches.named("profiles");
  }

  /** The public part of a row; immutable. Its text form leaves out everything personal. */
  record Entry(
      String id,
      String email,
      String username,
      @Nullable String name,
      @Nullable String avatarUrl,
      long createdAt,
      long updatedAt,
      long version) {

    static Entry of(AccountRow row) {
      return new Entry(
          row.id(),
          row.email().text(),
          row.username().text(),
          row.profile().name(),
          row.profile().avatarUrl(),
          row.createdAt(),
          row.updatedAt(),
          row.version());
    }

    AccountView view() {
      return new AccountView(
          id,
          email,
          username,
          new AccountView.Profile(name, avatarUrl),
          Micros.text(createdAt),
          Micros.text(updatedAt),
          version);
    }

    @Override
    public String toString() {
      return "Entry[" + id + ", version " + version + "]";
    }
  }

  Optional<AccountView> find(String id, Supplier<Optional<AccountRow>> query) {
    return cache.find(id, () -> query.get().map(Entry::of)).map(Entry::view);
  }

  void changed(String id) {
    cache.changed(id);
  }
}
