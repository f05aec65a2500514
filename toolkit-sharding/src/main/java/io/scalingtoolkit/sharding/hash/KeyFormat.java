// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.UUID;

/**
 * Key format v1: the bytes a key stands for. What it yields is routed on and must never change.
 * Stateless, thread-safe.
 *
 * <pre>
 *   integer    1, value as 8 bytes, most significant first
 *   text       2, NFC as UTF-8
 *   UUID       3, 16 bytes, most significant first
 *   bytes      4, the bytes
 *   composite  5, for each part: its length as 4 bytes, most significant first, and its encoding
 * </pre>
 */
final class KeyFormat {
  static final byte INTEGER = 1;
  static final byte TEXT = 2;
  static final byte UUID_VALUE = 3;
  static final byte BYTES = 4;
  static final byte COMPOSITE = 5;

  private KeyFormat() {}

  static byte[] integer(long value) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(INTEGER).putLong(value).array();
  }

  static byte[] text(String value) {
    byte[] utf8 = normalized(value).getBytes(StandardCharsets.UTF_8);
    return tagged(TEXT, utf8);
  }

  static byte[] uuid(UUID value) {
    return ByteBuffer.allocate(1 + 2 * Long.BYTES)
        .put(UUID_VALUE)
        .putLong(value.getMostSignificantBits())
        .putLong(value.getLeastSignificantBits())
        .array();
  }

  static byte[] bytes(byte[] value) {
    return tagged(BYTES, value);
  }

  /** Throws ArithmeticException above 2 GiB. */
  static byte[] composite(byte[] first, byte[][] more) {
    int size = Math.addExact(1 + Integer.BYTES, first.length);
    for (byte[] part : more) {
      size = Math.addExact(Math.addExact(size, Integer.BYTES), part.length);
    }
    ByteBuffer encoded = ByteBuffer.allocate(size).put(COMPOSITE).putInt(first.length).put(first);
    for (byte[] part : more) {
      encoded.putInt(part.length).put(part);
    }
    return encoded.array();
  }

  static String typeOf(byte[] encoded) {
    return switch (encoded[0]) {
      case INTEGER -> "integer";
      case TEXT -> "text";
      case UUID_VALUE -> "UUID";
      case BYTES -> "bytes";
      case COMPOSITE -> "composite";
      default -> throw new IllegalStateException("no type of key has the tag " + encoded[0]);
    };
  }

  private static byte[] tagged(byte tag, byte[] value) {
    byte[] encoded = new byte[Math.addExact(1, value.length)];
    encoded[0] = tag;
    System.arraycopy(value, 0, encoded, 1, value.length);
    return encoded;
  }

  private static String normalized(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) > 0x7F) {
        // Before normalizing: UTF-8 has no form for these, getBytes would write a question mark.
        requirePairs(value);
        return Normalizer.normalize(value, Normalizer.Form.NFC);
      }
    }
    return value;
  }

  private static void requirePairs(String value) {
    int next;
    for (int i = 0; i < value.length(); i = next) {
      int codePoint = value.codePointAt(i);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        throw new IllegalArgumentException(
            "a shard key must be valid text, but has an unpaired surrogate at index " + i);
      }
      next = i + Character.charCount(codePoint);
    }
  }

  /** Throws IllegalArgumentException for bytes that no key encodes to. */
  static void requireCanonical(byte[] encoded) {
    if (!isCanonical(encoded)) {
      throw new IllegalArgumentException(
          "an encoded shard key must be of key format v1, but these "
              + encoded.length
              + " bytes are not");
    }
  }

  private static boolean isCanonical(byte[] encoded) {
    if (encoded.length == 0) {
      return false;
    }
    return switch (encoded[0]) {
      case INTEGER -> encoded.length == 1 + Long.BYTES;
      case TEXT -> isCanonicalText(encoded);
      case UUID_VALUE -> encoded.length == 1 + 2 * Long.BYTES;
      case BYTES -> true;
      case COMPOSITE -> isCanonicalComposite(encoded);
      default -> false;
    };
  }

  /** Malformed UTF-8 is decoded to something else, which does not encode to the same bytes. */
  private static boolean isCanonicalText(byte[] encoded) {
    String text = new String(encoded, 1, encoded.length - 1, StandardCharsets.UTF_8);
    return Arrays.equals(text(text), encoded);
  }

  private static boolean isCanonicalComposite(byte[] encoded) {
    ByteBuffer rest = ByteBuffer.wrap(encoded, 1, encoded.length - 1);
    while (rest.remaining() >= Integer.BYTES) {
      int length = rest.getInt();
      if (length < 1 || length > rest.remaining()) {
        return false;
      }
      byte[] part = new byte[length];
      rest.get(part);
      if (!isCanonical(part)) {
        return false;
      }
    }
    return rest.remaining() == 0 && encoded.length > 1;
  }
}
