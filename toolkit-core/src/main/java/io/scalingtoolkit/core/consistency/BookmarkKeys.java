// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The key that signs and all keys that verify, by id; immutable. */
final class BookmarkKeys {
  private final @Nullable BookmarkKey signing;
  private final Map<String, BookmarkKey> verifying;

  private BookmarkKeys(@Nullable BookmarkKey signing, Map<String, BookmarkKey> verifying) {
    this.signing = signing;
    this.verifying = verifying;
  }

  static BookmarkKeys of(@Nullable BookmarkKey signing, List<BookmarkKey> verifying) {
    if (signing == null && !verifying.isEmpty()) {
      throw new IllegalArgumentException(
          "verifyingKey needs a signingKey beside it, was given only " + verifying);
    }
    Map<String, BookmarkKey> byId = new TreeMap<>();
    if (signing != null) {
      byId.put(signing.id(), signing);
    }
    for (BookmarkKey key : verifying) {
      BookmarkKey other = byId.putIfAbsent(key.id(), key);
      if (other != null && !other.hasSameSecretAs(key)) {
        throw new IllegalArgumentException(
            "bookmark key id must be unique, \"" + key.id() + "\" has two secrets");
      }
    }
    return new BookmarkKeys(signing, Map.copyOf(byId));
  }

  @Nullable BookmarkKey signing() {
    return signing;
  }

  @Nullable BookmarkKey verifying(String id) {
    return verifying.get(id);
  }
}
