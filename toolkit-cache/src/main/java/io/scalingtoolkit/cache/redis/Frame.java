// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is stored under a key; immutable, the array is not to be changed.
 *
 * <pre>
 *  0  magic 0xC7        1  format 1         2  kind         3  flags, 0
 *  4  fingerprint of the schema of values (4 bytes)
 *  8  token (8 bytes)
 * 16  when its load began, microseconds of the Redis clock (8 bytes)
 * 24  epoch of the cache, which another one makes all older entries end (8 bytes)
 * 32  the value, or nothing
 * </pre>
 *
 * <p>Numbers are big-endian. A lease and a tombstone have no value.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
record Frame(
    char kind, int fingerprint, long token, long createdMicros, long epoch, byte[] payload) {
  static final int HEADER = 32;
  static final char VALUE = 'V';
  static final char ABSENT = 'A';
  static final char LEASE = 'L';
  static final char TOMBSTONE = 'T';

  private static final byte MAGIC = (byte) 0xC7;
  private static final byte FORMAT = 1;
  private static final int KIND_AT = 2;
  private static final int FINGERPRINT_AT = 4;
  private static final int TOKEN_AT = 8;
  private static final int CREATED_AT = 16;
  private static final int EPOCH_AT = 24;
  private static final byte[] NOTHING = {};

  static Frame of(char kind, int fingerprint, long token, long epoch) {
    return new Frame(kind, fingerprint, token, 0, epoch, NOTHING);
  }

  static Frame ofValue(int fingerprint, long token, long epoch, byte @Nullable [] value) {
    return value == null
        ? of(ABSENT, fingerprint, token, epoch)
        : new Frame(VALUE, fingerprint, token, 0, epoch, value);
  }

  /** Returns the same with another beginning of its load and another epoch. */
  Frame since(long createdAt, long ofEpoch) {
    return new Frame(kind, fingerprint, token, createdAt, ofEpoch, payload);
  }

  byte[] encoded() {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER + payload.length);
    bytes.put(MAGIC).put(FORMAT).put((byte) kind).put((byte) 0);
    bytes.putInt(fingerprint).putLong(token).putLong(createdMicros).putLong(epoch).put(payload);
    return bytes.array();
  }

  /** Reads a frame, or returns null if it is none or one of another format. */
  static @Nullable Frame parse(byte @Nullable [] bytes) {
    if (bytes == null || bytes.length < HEADER || bytes[0] != MAGIC || bytes[1] != FORMAT) {
      return null;
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new Frame(
        (char) bytes[KIND_AT],
        buffer.getInt(FINGERPRINT_AT),
        buffer.getLong(TOKEN_AT),
        buffer.getLong(CREATED_AT),
        buffer.getLong(EPOCH_AT),
        Arrays.copyOfRange(bytes, HEADER, bytes.length));
  }

  /**
   * Tells whether it says what the value of a key is, to one who reads that schema in that epoch.
   */
  boolean isEntryOf(int schema, long currentEpoch) {
    return fingerprint == schema && epoch == currentEpoch && (kind == VALUE || kind == ABSENT);
  }
}
