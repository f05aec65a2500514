// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is stored under a key; immutable, the array is not to be changed.
 *
 * <pre>
 *  0  magic 0xC7        1  format 1         2  kind         3  flags, 1 for tags
 *  4  fingerprint of the schema of values (4 bytes)
 *  8  token (8 bytes)
 * 16  when its load began, microseconds of the Redis clock (8 bytes)
 * 24  epoch of the cache, which another one makes all older entries end (8 bytes)
 * 32  tags if flags say so, and then the value, or nothing
 * </pre>
 *
 * <p>Tags: how many (2 bytes); of each how many bytes (2 bytes), these, its version (8 bytes).
 *
 * <p>A lease, a tombstone and an intent have no value, but nothing or this: how many intents stand
 * (2 bytes); of each its id and until when, as above (16 bytes); the rest is text, positions in
 * databases that loads must not be older than.
 *
 * <p>Numbers are big-endian.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
record Frame(
    char kind,
    int fingerprint,
    long token,
    long createdMicros,
    long epoch,
    List<Tag> tags,
    byte[] payload) {
  /** A tag and its version from before the load; immutable. */
  record Tag(String name, long version) {}

  static final int HEADER = 32;
  static final char VALUE = 'V';
  static final char ABSENT = 'A';
  static final char LEASE = 'L';
  static final char TOMBSTONE = 'T';
  static final char INTENT = 'I'; // written by scripts alone

  private static final byte MAGIC = (byte) 0xC7;
  private static final byte FORMAT = 1;
  private static final byte TAGGED = 1;
  private static final int MOST = 65_535;
  private static final int KIND_AT = 2;
  private static final int FLAGS_AT = 3;
  private static final int FINGERPRINT_AT = 4;
  private static final int TOKEN_AT = 8;
  private static final int CREATED_AT = 16;
  private static final int EPOCH_AT = 24;
  private static final byte[] NOTHING = {};

  static Frame of(char kind, int fingerprint, long token, long epoch) {
    return new Frame(kind, fingerprint, token, 0, epoch, List.of(), NOTHING);
  }

  static Frame ofValue(
      int fingerprint, long token, long epoch, List<Tag> tags, byte @Nullable [] value) {
    return value == null
        ? of(ABSENT, fingerprint, token, epoch)
        : new Frame(VALUE, fingerprint, token, 0, epoch, tags, value);
  }

  /** Returns the same with another beginning of its load and another epoch. */
  Frame since(long createdAt, long ofEpoch) {
    return new Frame(kind, fingerprint, token, createdAt, ofEpoch, tags, payload);
  }

  byte[] encoded() {
    byte[] block = tags.isEmpty() ? NOTHING : block();
    ByteBuffer bytes = ByteBuffer.allocate(HEADER + block.length + payload.length);
    bytes.put(MAGIC).put(FORMAT).put((byte) kind).put(tags.isEmpty() ? 0 : TAGGED);
    bytes.putInt(fingerprint).putLong(token).putLong(createdMicros).putLong(epoch);
    return bytes.put(block).put(payload).array();
  }

  private byte[] block() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(ByteBuffer.allocate(Short.BYTES).putShort(unsigned(tags.size())).array());
    for (Tag tag : tags) {
      byte[] name = tag.name().getBytes(StandardCharsets.UTF_8);
      ByteBuffer fields = ByteBuffer.allocate(Short.BYTES + name.length + Long.BYTES);
      fields.putShort(unsigned(name.length)).put(name).putLong(tag.version());
      bytes.writeBytes(fields.array());
    }
    return bytes.toByteArray();
  }

  private static short unsigned(int number) {
    if (number > MOST) {
      throw new IllegalArgumentException(
          "tags must be at most %d, each of at most %d bytes, was %d"
              .formatted(MOST, MOST, number));
    }
    return (short) number;
  }

  /** Reads the beginning of a frame, as {@link #parse} does. */
  static @Nullable Frame header(byte @Nullable [] bytes) {
    return bytes != null && isFrame(bytes) ? read(bytes, List.of(), HEADER) : null;
  }

  private static boolean isFrame(byte[] bytes) {
    return bytes.length >= HEADER && bytes[0] == MAGIC && bytes[1] == FORMAT;
  }

  private static Frame read(byte[] bytes, List<Tag> tags, int payloadAt) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new Frame(
        (char) bytes[KIND_AT],
        buffer.getInt(FINGERPRINT_AT),
        buffer.getLong(TOKEN_AT),
        buffer.getLong(CREATED_AT),
        buffer.getLong(EPOCH_AT),
        tags,
        Arrays.copyOfRange(bytes, payloadAt, bytes.length));
  }

  /** Reads a frame, or returns null if it is none or one of another format. */
  static @Nullable Frame parse(byte @Nullable [] bytes) {
    if (bytes == null || !isFrame(bytes)) {
      return null;
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).position(HEADER);
    List<Tag> tags = new ArrayList<>();
    try {
      int count = bytes[FLAGS_AT] == TAGGED ? Short.toUnsignedInt(buffer.getShort()) : 0;
      for (int i = 0; i < count; i++) {
        byte[] name = new byte[Short.toUnsignedInt(buffer.getShort())];
        buffer.get(name);
        tags.add(new Tag(new String(name, StandardCharsets.UTF_8), buffer.getLong()));
      }
    } catch (BufferUnderflowException e) {
      return null;
    }
    return read(bytes, tags, buffer.position());
  }

  /**
   * Tells whether it says what the value of a key is, to one who reads that schema in that epoch.
   */
  boolean isEntryOf(int schema, long currentEpoch) {
    return fingerprint == schema && epoch == currentEpoch && (kind == VALUE || kind == ABSENT);
  }
}
