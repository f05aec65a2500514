// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A Lua script and its digest; immutable.
 *
 * <p>Lua has one kind of number, the double. Times are therefore whole microseconds, exact up to
 * 2^53, and a fraction of a microsecond beside them in units of 1e-12, so that a permit of 1e9 a
 * second is counted to one part in 1e9. Numbers are written with {@code %.0f}, since the default
 * form keeps 14 digits. Needs Redis 6.2.
 */
record Script(String text, String digest) {
  /** What the error begins with where a key holds what no script of these wrote. */
  static final String FOREIGN = "FOREIGN";

  /**
   * Takes permits of one key: the generic cell rate algorithm for each bandwidth, all or nothing.
   *
   * <p>The state is {@code config beyond arrival…}: the bandwidths it is counted in, the
   * microseconds by which an arrival time may lie further ahead than the burst (turns taken ahead,
   * a limit that was lowered), and the arrival time of each bandwidth. A key that is absent owes
   * nothing, and so does one whose arrival times are past, which is when it expires.
   *
   * <p>Arguments: config; permits wanted; least that is of use; microseconds that may be waited; 1
   * if the floors hold anyway, 0 if for a key that is absent; number of bandwidths; for each of
   * them burst and cost of the wanted permits (each whole and fraction), microseconds of a permit,
   * and the floor: microseconds which the caller knows to be owed.
   *
   * <p>Reply: permits granted; microseconds to wait for them, or until the least would be granted;
   * the time; 1 if the key was absent; whole microseconds of each arrival time. Or the error {@link
   * #FOREIGN}, and the key stays as it is.
   */
  static final Script TAKE =
      of(
          """
          local FRACTIONS = 1e12
          local UP, DOWN = 1 + 2^-50, 1 - 2^-50
          local FURTHEST = 3e15
          local STEP = 60000000
          local clock = redis.call('TIME')
          local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
          local config = ARGV[1]
          local want, least, patience = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
          local always, count = ARGV[5] == '1', tonumber(ARGV[6])
          local stored = redis.pcall('GET', KEYS[1])
          local foreign = redis.error_reply('FOREIGN value of a key')
          if type(stored) == 'table' then
            return string.find(stored.err, 'WRONGTYPE', 1, true) and foreign or stored
          end

          -- One bandwidth as it was left: the same as below, without a table.
          local head = #config + 1
          if count == 1 and (ARGV[12] == '0' or (stored and not always))
              and (not stored or string.sub(stored, 1, head) == config .. ' ') then
            local burst, burstPart = tonumber(ARGV[7]), tonumber(ARGV[8])
            local arrival, part, beyond = 0, 0, 0
            if stored then
              local b, whole, rest = string.match(stored, '^(%d+) (%d+)%.(%d+)$', head + 1)
              if not b then
                return foreign
              end
              arrival, part, beyond = tonumber(whole), tonumber(rest), tonumber(b)
            end
            if arrival <= now + burst + beyond + STEP then
              if arrival < now then
                arrival, part = now, 0
              end
              local after, afterPart = arrival + tonumber(ARGV[9]), part + tonumber(ARGV[10])
              if afterPart >= FRACTIONS then
                after, afterPart = after + 1, afterPart - FRACTIONS
              end
              local waiting = after - now - burst + (afterPart > burstPart and 1 or 0)
              waiting = math.max(0, waiting)
              if waiting <= patience and want > 0 then
                local ahead = after - now + (afterPart > 0 and 1 or 0)
                local state = string.format(
                    '%s %.0f %.0f.%012.0f', config, math.max(0, ahead - burst), after, afterPart)
                local millis = string.format('%.0f', math.ceil(ahead / 1000) + 1000)
                redis.call('SET', KEYS[1], state, 'PX', millis)
                return {want, waiting, now, stored and 0 or 1, after}
              elseif least == want then
                return {0, waiting, now, stored and 0 or 1, arrival}
              end
            end
          end

          local burst, burstPart, cost, costPart, permit, floor = {}, {}, {}, {}, {}, {}
          for i = 1, count do
            local at = 6 * i
            burst[i], burstPart[i] = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
            cost[i], costPart[i] = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
            permit[i], floor[i] = tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6])
          end

          local function split(micros)
            micros = micros * UP
            local whole = math.floor(micros)
            return whole, math.min(FRACTIONS - 1, math.ceil((micros - whole) * FRACTIONS))
          end

          local arrival, part, changed = {}, {}, false
          for i = 1, count do
            arrival[i], part[i] = 0, 0
          end
          if stored then
            local before, beyond, times = string.match(stored, '^(%S+) (%d+) (.*)$')
            local same = before == config
            local a, p = {}, {}
            for whole, rest in string.gmatch(times or '', '(%d+)%.(%d+)') do
              a[#a + 1], p[#p + 1] = tonumber(whole), tonumber(rest)
            end
            local oldBurst, oldPermit = burst, permit
            if not same then
              oldBurst, oldPermit = {}, {}
              for permits, nanos, most in string.gmatch(before or '', '(%d+)/(%d+)/(%d+)') do
                local j = #oldPermit + 1
                oldPermit[j] = nanos / permits / 1000
                oldBurst[j] = math.ceil(most * oldPermit[j])
              end
            end
            if #a == 0 or #a ~= #oldPermit then
              return foreign
            end
            for j = 1, #a do
              -- Further ahead than it can be: the clock went back.
              local furthest = now + oldBurst[j] + beyond + STEP
              if a[j] > furthest then
                a[j], p[j], changed = furthest, 0, true
              end
            end
            if same then
              arrival, part = a, p
            else
              -- What is owed stays owed, permit by permit.
              for i = 1, count do
                local owed = 0
                for j = 1, #a do
                  local debt = a[j] - now + p[j] / FRACTIONS
                  if debt > 0 and (#a ~= count or i == j) then
                    owed = math.max(owed, debt / oldPermit[j] * permit[i])
                  end
                end
                local whole, rest = split(math.min(owed, FURTHEST))
                arrival[i], part[i] = now + whole, rest
              end
            end
          end
          for i = 1, count do
            if arrival[i] < now then
              arrival[i], part[i] = now, 0
            end
            if floor[i] > 0 and (always or not stored) and now + floor[i] > arrival[i] then
              arrival[i], part[i] = now + floor[i], 0
              changed = true
            end
          end

          local function wait(whole, rest)
            local longest = 0
            for i = 1, count do
              local micros = arrival[i] + whole[i] - now - burst[i]
              local fractions = part[i] + rest[i] - burstPart[i]
              if fractions > FRACTIONS then
                micros = micros + 2
              elseif fractions > 0 then
                micros = micros + 1
              elseif fractions <= -FRACTIONS then
                micros = micros - 1
              end
              longest = math.max(longest, micros)
            end
            return longest
          end

          local granted = 0
          local waiting = wait(cost, costPart)
          if waiting <= patience then
            granted = want
          elseif least < want then
            local room = want
            for i = 1, count do
              local free = burst[i] - (arrival[i] - now) + (burstPart[i] - part[i]) / FRACTIONS
              room = math.min(room, math.floor(free / permit[i] * DOWN))
            end
            granted = room >= least and room or 0
            local permits = granted > 0 and granted or least
            for i = 1, count do
              cost[i], costPart[i] = split(permits * permit[i])
            end
            waiting = granted > 0 and 0 or wait(cost, costPart)
          end
          if granted > 0 then
            for i = 1, count do
              arrival[i], part[i] = arrival[i] + cost[i], part[i] + costPart[i]
              if part[i] >= FRACTIONS then
                arrival[i], part[i] = arrival[i] + 1, part[i] - FRACTIONS
              end
            end
          end
          local reply = {granted, waiting, now, stored and 0 or 1}
          local beyond, ahead = 0, 0
          for i = 1, count do
            reply[4 + i] = arrival[i]
            local micros = arrival[i] - now + (part[i] > 0 and 1 or 0)
            ahead = math.max(ahead, micros)
            beyond = math.max(beyond, micros - burst[i])
          end
          if granted > 0 or changed then
            local times = {}
            for i = 1, count do
              times[i] = string.format('%.0f.%012.0f', arrival[i], part[i])
            end
            local state = string.format('%s %.0f %s', config, beyond, table.concat(times, ' '))
            local millis = string.format('%.0f', math.ceil(ahead / 1000) + 1000)
            redis.call('SET', KEYS[1], state, 'PX', millis)
          end
          return reply
          """);

  /**
   * Gives permits back.
   *
   * <p>Arguments: config; number of bandwidths; for each of them what is given back (whole and
   * fraction), and the arrival time right after it was taken. Of that, only what nobody has been
   * promised a time because of is given back. If the time is negated, it is permits that nobody was
   * promised a time after, and only what did not come back by itself yet, the part before that
   * time, is given back. Under another config nothing is.
   *
   * <p>Reply: the time; 1 if anything was given back; whole microseconds of each arrival time.
   */
  static final Script GIVE_BACK =
      of(
          """
          local FRACTIONS = 1e12
          local clock = redis.call('TIME')
          local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
          local stored = redis.call('GET', KEYS[1])
          if not stored then
            return {now, 0}
          end
          local config, beyond, times = string.match(stored, '^(%S+) (%d+) (.*)$')
          if config ~= ARGV[1] then
            return {now, 0}
          end
          local reply, states, i = {now, 1}, {}, 0
          for whole, rest in string.gmatch(times, '(%d+)%.(%d+)') do
            i = i + 1
            local arrival, part = tonumber(whole), tonumber(rest)
            local back, backPart = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
            local taken = tonumber(ARGV[3 * i + 2])
            if taken > 0 then
              local later = arrival - taken + (part > 0 and 1 or 0)
              back = back - math.max(0, later)
            elseif back >= -taken - now then
              back, backPart = -taken - now, 0
            end
            if back >= 0 then
              arrival, part = arrival - back, part - backPart
              if part < 0 then
                arrival, part = arrival - 1, part + FRACTIONS
              end
            end
            reply[2 + i] = arrival
            states[i] = string.format('%.0f.%012.0f', arrival, part)
          end
          local state = string.format('%s %s %s', config, beyond, table.concat(states, ' '))
          redis.call('SET', KEYS[1], state, 'KEEPTTL')
          return reply
          """);

  /**
   * Counts the processes that are there. Arguments: the caller's id; milliseconds for which it
   * counts, 0 to leave. Reply: how many there are; a number of this run of the server, 0 if it may
   * not be asked for.
   */
  static final Script HEARTBEAT =
      of(
          """
          local clock = redis.call('TIME')
          local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
          local ttl = tonumber(ARGV[2])
          if ttl > 0 then
            redis.call('ZADD', KEYS[1], string.format('%.0f', now + ttl), ARGV[1])
          else
            redis.call('ZREM', KEYS[1], ARGV[1])
          end
          redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
          if ttl > 0 then
            redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl))
          end
          local info = redis.pcall('INFO', 'server')
          local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or '0'
          return {redis.call('ZCARD', KEYS[1]), tonumber(string.sub(run, 1, 12), 16)}
          """);

  static Script of(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
      return new Script(text, HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-1", e);
    }
  }
}
