// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A script that Redis runs as one step; immutable.
 *
 * @param digest by which Redis knows it
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
record TierScript(byte[] text, String digest) {
  // Positions are those of Frame, counted from 1.

  /**
   * Looks for an entry or takes a lease: lease frame, its milliseconds, the token of an entry that
   * does not count. Tells 0 for taken, 1 for an entry, 2 for another lease, and what is left of
   * that.
   */
  static final TierScript TAKE =
      of(
          """
          local t = redis.call('TIME')
          local v = redis.call('GETRANGE', KEYS[1], 0, 31)
          if #v >= 32 and string.sub(v, 1, 2) == string.sub(ARGV[1], 1, 2) then
            local kind = string.sub(v, 3, 3)
            if (kind == 'V' or kind == 'A') and string.sub(v, 5, 8) == string.sub(ARGV[1], 5, 8)
                and string.sub(v, 25, 32) == string.sub(ARGV[1], 25, 32)
                and string.sub(v, 9, 16) ~= ARGV[3] then
              return {1, 0}
            end
            if kind == 'L' and string.sub(v, 25, 32) == string.sub(ARGV[1], 25, 32) then
              return {2, redis.call('PTTL', KEYS[1])}
            end
          end
          local now = struct.pack('>I8', t[1] * 1000000 + t[2])
          redis.call('SET', KEYS[1],
              string.sub(ARGV[1], 1, 16) .. now .. string.sub(ARGV[1], 25), 'PX', ARGV[2])
          return {0, 0}
          """);

  /** Puts a frame in the place of the lease of its token and epoch: frame, milliseconds. */
  static final TierScript FILL =
      of(
          """
          local h = redis.call('GETRANGE', KEYS[1], 0, 31)
          if string.sub(h, 3, 3) ~= 'L' or string.sub(h, 9, 16) ~= string.sub(ARGV[1], 9, 16)
              or string.sub(h, 25, 32) ~= string.sub(ARGV[1], 25, 32) then
            return 0
          end
          redis.call('SET', KEYS[1],
              string.sub(ARGV[1], 1, 16) .. string.sub(h, 17, 24) .. string.sub(ARGV[1], 25),
              'PX', ARGV[2])
          return 1
          """);

  /**
   * Tells whether there is neither an entry nor a lease: lease frame, token of an entry that does
   * not count. If so, tells what there is instead, zeros for nothing, and the time.
   */
  static final TierScript PROBE =
      of(
          """
          local t = redis.call('TIME')
          local h = redis.call('GETRANGE', KEYS[1], 0, 31)
          if #h == 32 and string.sub(h, 1, 2) == string.sub(ARGV[1], 1, 2)
              and string.sub(h, 25, 32) == string.sub(ARGV[1], 25, 32) then
            local kind = string.sub(h, 3, 3)
            if kind == 'L' or ((kind == 'V' or kind == 'A')
                and string.sub(h, 5, 8) == string.sub(ARGV[1], 5, 8)
                and string.sub(h, 9, 16) ~= ARGV[2]) then
              return {1, ''}
            end
          end
          return {0, h .. string.rep('\\0', 32 - #h),
              struct.pack('>I8', t[1] * 1000000 + t[2])}
          """);

  /**
   * Stores a frame where a probe found room: what it told and until when that counts in front of
   * the frame, milliseconds. A tombstone written since then would still be there.
   */
  static final TierScript FILL_VACANT =
      of(
          """
          local t = redis.call('TIME')
          local h = redis.call('GETRANGE', KEYS[1], 0, 31)
          if t[1] * 1000000 + t[2] >= struct.unpack('>I8', string.sub(ARGV[1], 33, 40))
              or (#h > 0 and h .. string.rep('\\0', 32 - #h) ~= string.sub(ARGV[1], 1, 32)) then
            return 0
          end
          redis.call('SET', KEYS[1], string.sub(ARGV[1], 41), 'PX', ARGV[2])
          return 1
          """);

  /** Stores a frame whose value is of now: frame, milliseconds. */
  static final TierScript PUT =
      of(
          """
          local t = redis.call('TIME')
          local now = struct.pack('>I8', t[1] * 1000000 + t[2])
          redis.call('SET', KEYS[1],
              string.sub(ARGV[1], 1, 16) .. now .. string.sub(ARGV[1], 25), 'PX', ARGV[2])
          return 1
          """);

  /** Removes the lease with a token, or makes it last: lease frame, milliseconds or 0. */
  static final TierScript LEASE =
      of(
          """
          local h = redis.call('GETRANGE', KEYS[1], 0, 31)
          if string.sub(h, 3, 3) ~= 'L' or string.sub(h, 9, 16) ~= string.sub(ARGV[1], 9, 16) then
            return 0
          end
          if tonumber(ARGV[2]) > 0 then
            return redis.call('PEXPIRE', KEYS[1], ARGV[2])
          end
          return redis.call('DEL', KEYS[1])
          """);

  /** Removes what has a token: frame, not used. */
  static final TierScript DROP =
      of(
          """
          local h = redis.call('GETRANGE', KEYS[1], 0, 31)
          if string.sub(h, 9, 16) ~= string.sub(ARGV[1], 9, 16) then
            return 0
          end
          return redis.call('DEL', KEYS[1])
          """);

  /**
   * Makes tags that are not there: count of removals, tags; where the count begins, milliseconds
   * that tags are kept, versions.
   */
  static final TierScript CREATE_TAGS =
      of(
          """
          redis.call('SET', KEYS[1], ARGV[1], 'NX')
          local n = struct.pack('>I8', redis.call('GET', KEYS[1]))
          for i = 2, #KEYS do
            redis.call('SET', KEYS[i], n .. ARGV[i + 1], 'NX', 'PX', ARGV[2])
          end
          return 1
          """);

  /** Gives a tag another version: as above. */
  static final TierScript REMOVE_TAG =
      of(
          """
          redis.call('SET', KEYS[1], ARGV[1], 'NX')
          local n = struct.pack('>I8', redis.call('INCR', KEYS[1]))
          redis.call('SET', KEYS[2], n .. ARGV[3], 'PX', ARGV[2])
          return 1
          """);

  private static TierScript of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-1").digest(bytes);
      return new TierScript(bytes, HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
