// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.nio.charset.StandardCharsets;
import java.sql.ShardingKey;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What decides where a row lives: an integer, a text, a UUID, bytes, or several of them.
 *
 * <p>Two keys are equal exactly if their canonical encoding is, and so the same value always gives
 * the same slot, whatever Java type it came in: a {@code short} of 7 is the key of a {@code long}
 * of 7. The text 7 is another key. Texts are compared in Unicode normal form C and with case; a
 * column whose collation treats {@code A} and {@code a} alike is no shard key.
 *
 * <p>Key format v1, never to change: a type byte, then
 *
 * <ul>
 *   <li>1, an integer: 8 bytes, two's complement, most significant first;
 *   <li>2, a text: UTF-8 of its normal form C;
 *   <li>3, a UUID: 16 bytes, most significant first;
 *   <li>4, bytes: as they are;
 *   <li>5, a composite: for each part its length as 4 bytes, most significant first, and the
 *       encoding of the part.
 * </ul>
 *
 * <p>Unicode keeps the normal form of a text stable, once all its characters are assigned.
 *
 * <p>Immutable. {@link KeyHash} has the same hash without making a key.
 */
public final class ShardKey implements ShardingKey {
  private static final String ACCEPTED = "Long, Integer, Short, Byte, String, UUID or byte[]";

  private final byte[] encoded;
  private final long hash;

  private ShardKey(byte[] encoded) {
    this.encoded = encoded;
    this.hash = Xxh3.hash(encoded);
  }

  /** Returns the key of an integer. */
  public static ShardKey of(long value) {
    return new ShardKey(KeyFormat.integer(value));
  }

  /**
   * Returns the key of a text, which may be empty.
   *
   * @throws IllegalArgumentException if it has an unpaired surrogate
   */
  public static ShardKey of(String value) {
    return new ShardKey(KeyFormat.text(value));
  }

  /** Returns the key of a UUID. */
  public static ShardKey of(UUID value) {
    return new ShardKey(KeyFormat.uuid(value));
  }

  /** Returns the key of a copy of these bytes, of which there may be none. */
  public static ShardKey of(byte[] value) {
    return new ShardKey(KeyFormat.bytes(value));
  }

  /**
   * Returns the key of a value whose type is known at run time only.
   *
   * @param value a Long, Integer, Short, Byte, String, UUID, byte[], or a ShardKey, which is
   *     returned as it is
   * @throws IllegalArgumentException if it is null, of another type (floating point and decimal
   *     numbers have several forms of the same value), or a text with an unpaired surrogate
   */
  public static ShardKey of(@Nullable Object value) {
    if (value instanceof Long || value instanceof Integer) {
      return of(((Number) value).longValue());
    }
    if (value instanceof String text) {
      return of(text);
    }
    if (value instanceof UUID uuid) {
      return of(uuid);
    }
    if (value instanceof byte[] bytes) {
      return of(bytes);
    }
    if (value instanceof Short || value instanceof Byte) {
      return of(((Number) value).longValue());
    }
    if (value instanceof ShardKey key) {
      return key;
    }
    throw new IllegalArgumentException(
        "a shard key must be "
            + ACCEPTED
            + ", but is "
            + (value == null ? "null" : value.getClass().getTypeName()));
  }

  /**
   * Returns the key of several parts in this order. The composite of one part is not that part, and
   * a composite as a part is not its parts.
   *
   * @throws ArithmeticException if the encoding takes 2 GiB or more
   */
  public static ShardKey composite(ShardKey first, ShardKey... more) {
    byte[][] parts = new byte[more.length][];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = more[i].encoded;
    }
    return new ShardKey(KeyFormat.composite(first.encoded, parts));
  }

  /**
   * Returns the key of an encoding.
   *
   * @param encoded what {@link #encoded} returned
   * @throws IllegalArgumentException if it is nothing that {@link #encoded} returns
   */
  public static ShardKey ofEncoded(byte[] encoded) {
    KeyFormat.requireCanonical(encoded);
    return new ShardKey(encoded.clone());
  }

  /** Returns the normal form of a text key; null for a key of another type. */
  public @Nullable String text() {
    return encoded[0] == KeyFormat.TEXT
        ? new String(encoded, 1, encoded.length - 1, StandardCharsets.UTF_8)
        : null;
  }

  /** Returns a copy of the canonical encoding, at least one byte. */
  public byte[] encoded() {
    return encoded.clone();
  }

  /**
   * Returns the hash of the canonical encoding, as {@link KeyHash} defines it; all 64 bits vary.
   */
  public long hash() {
    return hash;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ShardKey key && hash == key.hash && Arrays.equals(encoded, key.encoded);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hash);
  }

  /** Returns the type, for instance {@code ShardKey[text]}; not the value, keys are not logged. */
  @Override
  public String toString() {
    return "ShardKey[" + KeyFormat.typeOf(encoded) + "]";
  }
}
