// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Reading;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What is known of a key without an entry, as bytes:
 *
 * <pre>
 *  0  the header that was there, zeros for none
 * 32  until when a tombstone written since would still be there, microseconds of the Redis clock
 * 40  the time of the probe, on the same clock
 * 48  the epoch of the probe
 * </pre>
 */
final class Vacancy {
  private Vacancy() {}

  /** Reads the answer to a probe for which a frame was sent. */
  static Reading told(List<Object> answer, byte[] asked, long leaseMillis) {
    if ((Long) answer.get(0) != 0) {
      return new Reading.Absent();
    }
    long micros = ByteBuffer.wrap((byte[]) answer.get(2)).getLong();
    ByteBuffer mark = ByteBuffer.allocate(Frame.HEADER + 3 * Long.BYTES);
    mark.put((byte[]) answer.get(1));
    mark.putLong(micros + TimeUnit.MILLISECONDS.toMicros(leaseMillis));
    mark.putLong(micros).put(asked, Frame.HEADER - Long.BYTES, Long.BYTES);
    return new Reading.Vacant(
        new String((byte[]) answer.get(3), StandardCharsets.US_ASCII), mark.array());
  }

  /**
   * Returns what to send to have a frame stored there. It gets the epoch of the probe: if all
   * entries have ended since, so has this one.
   */
  static byte[] filled(Reading.Vacant since, Frame frame) {
    ByteBuffer mark = ByteBuffer.wrap(since.mark());
    byte[] until = new byte[Frame.HEADER + Long.BYTES];
    mark.get(until);
    byte[] bytes = frame.since(mark.getLong(), mark.getLong()).encoded();
    return ByteBuffer.allocate(until.length + bytes.length).put(until).put(bytes).array();
  }
}
