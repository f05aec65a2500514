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

  /** Parts of what is stored without a value, see {@link Frame}. */
  private static final String PARTS =
      """
      local function whole(key, frame)
        local v = redis.call('GETRANGE', key, 0, 31)
        if #v < 32 or string.sub(v, 1, 2) ~= string.sub(frame, 1, 2) then
          return ''
        end
        local kind = string.sub(v, 3, 3)
        if kind == 'T' or kind == 'L' or kind == 'I' then
          return redis.call('GETRANGE', key, 0, -1)
        end
        return v
      end
      local function parts(v)
        local kind = string.sub(v, 3, 3)
        if #v < 34 or (kind ~= 'T' and kind ~= 'L' and kind ~= 'I') then
          return '', ''
        end
        local ends = 34 + 16 * struct.unpack('>I2', string.sub(v, 33, 34))
        return string.sub(v, 35, ends), string.sub(v, ends + 1)
      end
      local function body(intents, positions)
        if intents == '' and positions == '' then
          return ''
        end
        return struct.pack('>I2', #intents / 16) .. intents .. positions
      end
      local function live(intents, now, ended)
        local kept, last = '', 0
        for i = 1, #intents, 16 do
          local till = struct.unpack('>I8', string.sub(intents, i + 8, i + 15))
          if till > now and string.sub(intents, i, i + 7) ~= ended then
            kept = kept .. string.sub(intents, i, i + 15)
            last = math.max(last, till)
          end
        end
        return kept, last
      end
      """;

  /** Puts positions together; of too many nothing is left but that they were too many. */
  private static final String JOIN =
      """
      local function join(a, b)
        if b == '' or a == b or a == '*' then
          return a
        end
        if a == '' or b == '*' then
          return b
        end
        if string.find(',' .. a .. ',', ',' .. b .. ',', 1, true) then
          return a
        end
        if #a + #b > 1000 then
          return '*'
        end
        return a .. ',' .. b
      end
      """;

  /**
   * Looks for an entry or takes a lease: lease frame, its milliseconds, the token of an entry that
   * does not count, milliseconds that positions are kept. Tells 0 for taken, 1 for an entry, 2 for
   * another lease, and what is left of that, 3 for an intent; the positions; the token of the
   * intent.
   */
  static final TierScript TAKE =
      of(
          PARTS
              + """
          local t = redis.call('TIME')
          local micros = t[1] * 1000000 + t[2]
          local v = whole(KEYS[1], ARGV[1])
          local kind = string.sub(v, 3, 3)
          local intents, positions = parts(v)
          if (kind == 'V' or kind == 'A') and string.sub(v, 5, 8) == string.sub(ARGV[1], 5, 8)
              and string.sub(v, 25, 32) == string.sub(ARGV[1], 25, 32)
              and string.sub(v, 9, 16) ~= ARGV[3] then
            return {1, 0, '', ''}
          end
          if live(intents, micros, '') ~= '' then
            return {3, 0, positions, string.sub(v, 9, 16)}
          end
          local longer = positions == '' and 0 or tonumber(ARGV[4])
          if kind == 'L' and string.sub(v, 25, 32) == string.sub(ARGV[1], 25, 32) then
            local left = redis.call('PTTL', KEYS[1]) - longer
            if left > 0 or longer == 0 then
              return {2, left, '', ''}
            end
          end
          redis.call('SET', KEYS[1],
              string.sub(ARGV[1], 1, 16) .. struct.pack('>I8', micros) .. string.sub(ARGV[1], 25)
                  .. body('', positions), 'PX', ARGV[2] + longer)
          return {0, 0, positions, ''}
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
   * Tells whether there is neither an entry nor a lease nor an intent: lease frame, token of an
   * entry that does not count, milliseconds that positions are kept. If so, tells what there is
   * instead, zeros for nothing, the time, and the positions.
   */
  static final TierScript PROBE =
      of(
          PARTS
              + """
          local t = redis.call('TIME')
          local micros = t[1] * 1000000 + t[2]
          local v = whole(KEYS[1], ARGV[1])
          local kind = string.sub(v, 3, 3)
          local intents, positions = parts(v)
          local longer = positions == '' and 0 or tonumber(ARGV[3])
          local current = string.sub(v, 25, 32) == string.sub(ARGV[1], 25, 32)
          if live(intents, micros, '') ~= ''
              or (kind == 'L' and current and redis.call('PTTL', KEYS[1]) > longer)
              or ((kind == 'V' or kind == 'A') and current
                  and string.sub(v, 5, 8) == string.sub(ARGV[1], 5, 8)
                  and string.sub(v, 9, 16) ~= ARGV[2]) then
            return {1, ''}
          end
          local h = redis.call('GETRANGE', KEYS[1], 0, 31)
          return {0, h .. string.rep('\\0', 32 - #h), struct.pack('>I8', micros), positions}
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

  /** Stores a frame whose value is of now, unless an intent stands: frame, milliseconds. */
  static final TierScript PUT =
      of(
          PARTS
              + """
          local t = redis.call('TIME')
          local micros = t[1] * 1000000 + t[2]
          if live(parts(whole(KEYS[1], ARGV[1])), micros, '') ~= '' then
            return 0
          end
          local now = struct.pack('>I8', micros)
          redis.call('SET', KEYS[1],
              string.sub(ARGV[1], 1, 16) .. now .. string.sub(ARGV[1], 25), 'PX', ARGV[2])
          return 1
          """);

  /**
   * Removes the lease with a token, or makes it last: lease frame, milliseconds or 0, milliseconds
   * that positions are kept, which outlive it.
   */
  static final TierScript LEASE =
      of(
          PARTS
              + """
          local v = whole(KEYS[1], ARGV[1])
          if string.sub(v, 3, 3) ~= 'L' or string.sub(v, 9, 16) ~= string.sub(ARGV[1], 9, 16) then
            return 0
          end
          local intents, positions = parts(v)
          if tonumber(ARGV[2]) > 0 then
            return redis.call('PEXPIRE', KEYS[1],
                ARGV[2] + (positions == '' and 0 or ARGV[3]))
          end
          if positions == '' then
            return redis.call('DEL', KEYS[1])
          end
          redis.call('SET', KEYS[1], string.sub(v, 1, 2) .. 'T' .. string.sub(v, 4), 'PX', ARGV[3])
          return 1
          """);

  /**
   * Puts a tombstone in the place of whatever there is, with the positions of those before: its
   * frame, its milliseconds, positions, milliseconds that these are kept, an intent that ends, one
   * that begins, its milliseconds. As long as there is an intent, it is an intent frame.
   */
  static final TierScript FORGET =
      of(
          PARTS
              + JOIN
              + """
          local t = redis.call('TIME')
          local micros = t[1] * 1000000 + t[2]
          local intents, positions = parts(whole(KEYS[1], ARGV[1]))
          local last
          intents, last = live(intents, micros, ARGV[5])
          if ARGV[6] ~= '' then
            local till = micros + ARGV[7] * 1000
            intents = intents .. ARGV[6] .. struct.pack('>I8', till)
            last = math.max(last, till)
          end
          positions = join(positions, ARGV[3])
          local millis = tonumber(ARGV[2])
          if intents ~= '' then
            millis = math.max(millis, math.ceil((last - micros) / 1000))
          end
          if positions ~= '' then
            millis = millis + ARGV[4]
          end
          redis.call('SET', KEYS[1], string.sub(ARGV[1], 1, 2) .. (intents == '' and 'T' or 'I')
              .. string.sub(ARGV[1], 4) .. body(intents, positions), 'PX', millis)
          return 1
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

  /** Adds to the positions of all keys: their key, what they were, what they become, how long. */
  private static final String ADVANCE =
      JOIN
          + """
          local function advance(key, seen, all, millis)
            local there = redis.call('GET', key) or ''
            if all ~= '' then
              there = there == seen and all or join(there, all)
              redis.call('SET', key, there, 'PX', millis)
            end
            return there
          end
          """;

  /**
   * Gives a tag another version: count of removals, tag, positions; the first two as above, the
   * version, what positions were seen, what is to be there, milliseconds. Tells the positions.
   */
  static final TierScript REMOVE_TAG =
      of(
          ADVANCE
              + """
          redis.call('SET', KEYS[1], ARGV[1], 'NX')
          local n = struct.pack('>I8', redis.call('INCR', KEYS[1]))
          redis.call('SET', KEYS[2], n .. ARGV[3], 'PX', ARGV[2])
          return advance(KEYS[3], ARGV[4], ARGV[5], ARGV[6])
          """);

  /** Puts another epoch: its key, positions; the epoch, and the last three as above. */
  static final TierScript END_ALL =
      of(
          ADVANCE
              + """
          redis.call('SET', KEYS[1], ARGV[1])
          return advance(KEYS[2], ARGV[2], ARGV[3], ARGV[4])
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
