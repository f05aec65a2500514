// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.audit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * One row of the audit log; immutable.
 *
 * @param userId id of the account whose chain this row belongs to
 * @param seq number of the row in its chain, from 1 without gaps
 * @param recordedAt microseconds since the epoch
 * @param actor id of the user who acted
 * @param action what was done, for example {@code session.opened}
 * @param subject id of what it was done to
 * @param detail further facts without personal data; may be empty
 * @param prevHash hash of the row before, {@link #NO_HASH} for the first
 * @param hash hash over all the other components
 */
record AuditEntry(
    String userId,
    long seq,
    long recordedAt,
    String actor,
    String action,
    String subject,
    String detail,
    String prevHash,
    String hash) {

  /** What the first row of a chain names as its predecessor. */
  static final String NO_HASH = "0".repeat(64);

  private static final String FORMAT = "scaling-toolkit-audit-1";

  /** Returns this row with the hash that belongs to its content. */
  AuditEntry sealed() {
    return new AuditEntry(
        userId, seq, recordedAt, actor, action, subject, detail, prevHash, contentHash());
  }

  /**
   * Computes SHA-256 over the components, each preceded by its length, so that no two different
   * rows have the same input.
   */
  String contentHash() {
    MessageDigest sha256 = sha256();
    for (String part :
        new String[] {
          FORMAT,
          userId,
          Long.toString(seq),
          Long.toString(recordedAt),
          actor,
          action,
          subject,
          detail,
          prevHash
        }) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
      sha256.update(bytes);
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java runtime has SHA-256", impossible);
    }
  }
}
