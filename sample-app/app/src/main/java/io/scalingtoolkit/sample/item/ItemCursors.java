// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

import io.scalingtoolkit.sample.platform.web.Problem;
import io.scalingtoolkit.sample.platform.web.ServerSecret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * The text form of a cursor: one byte of format, eight of time, sixteen of identifier and a tag of
 * twelve that only this server can make for this user; 50 characters of URL-safe Base64. A cursor
 * that was guessed, changed or taken from another user is refused. Thread-safe.
 */
@Component
final class ItemCursors {

  private static final byte FORMAT = 1;
  private static final int POSITION_BYTES = 1 + Long.BYTES + 2 * Long.BYTES;
  private static final int TAG_BYTES = 12;
  private static final int TEXT_LENGTH = (POSITION_BYTES + TAG_BYTES) * 8 / 6 + 1;

  private final ServerSecret secret;

  ItemCursors(ServerSecret secret) {
    this.secret = secret;
  }

  String write(ItemCursor cursor, String userId) {
    UUID id = UUID.fromString(cursor.id());
    byte[] position =
        ByteBuffer.allocate(POSITION_BYTES)
            .put(FORMAT)
            .putLong(cursor.createdAt())
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits())
            .array();
    byte[] all = Arrays.copyOf(position, POSITION_BYTES + TAG_BYTES);
    System.arraycopy(tag(position, userId), 0, all, POSITION_BYTES, TAG_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(all);
  }

  /** Reads a cursor of this user; a problem (400) when it is not one. */
  ItemCursor read(String text, String userId) {
    byte[] all = decode(text);
    if (all.length != POSITION_BYTES + TAG_BYTES) {
      throw refused();
    }
    byte[] position = Arrays.copyOf(all, POSITION_BYTES);
    byte[] tag = Arrays.copyOfRange(all, POSITION_BYTES, all.length);
    if (position[0] != FORMAT || !MessageDigest.isEqual(tag, tag(position, userId))) {
      throw refused();
    }
    ByteBuffer in = ByteBuffer.wrap(position, 1, POSITION_BYTES - 1);
    long createdAt = in.getLong();
    return new ItemCursor(createdAt, new UUID(in.getLong(), in.getLong()).toString());
  }

  private byte[] tag(byte[] position, String userId) {
    byte[] user = userId.getBytes(StandardCharsets.UTF_8);
    return Arrays.copyOf(secret.tag("item-cursor", user, position), TAG_BYTES);
  }

  private static byte[] decode(String text) {
    if (text.length() != TEXT_LENGTH) {
      throw refused();
    }
    try {
      return Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw refused();
    }
  }

  private static Problem refused() {
    return Problem.badRequest("The parameter cursor is not one that this list gave to this user.");
  }
}
