// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A value that at most one owner has, such as an e-mail address or a user name.
 *
 * <p>Two values are the same if their texts are in Unicode normal form C, with case; who wants
 * {@code Ada@example.org} and {@code ada@example.org} to be the same folds the text first.
 *
 * <p>Immutable. The databases get a SHA-256 of both texts, never the texts.
 *
 * @param namespace what kind of value it is, for instance {@code email}; not empty
 * @param text the value, which may be empty
 */
public record UniqueValue(String namespace, String text) {
  /**
   * Checks both.
   *
   * @throws IllegalArgumentException if the namespace is empty, or a text has an unpaired surrogate
   */
  public UniqueValue {
    Objects.requireNonNull(text, "text");
    if (namespace.isEmpty()) {
      throw new IllegalArgumentException("namespace must not be empty");
    }
    // Says so here, not when the value is stored.
    ShardKey.composite(ShardKey.of(namespace), ShardKey.of(text));
  }

  /** Value format v1, never to change: SHA-256 of the encoded composite key, as 64 hex digits. */
  String digest() {
    byte[] encoded = ShardKey.composite(ShardKey.of(namespace), ShardKey.of(text)).encoded();
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(encoded));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Names the namespace only: values such as addresses are not logged. */
  @Override
  public String toString() {
    return "UniqueValue["
        + namespace
        + ", "
        + text.getBytes(StandardCharsets.UTF_8).length
        + " bytes]";
  }
}
