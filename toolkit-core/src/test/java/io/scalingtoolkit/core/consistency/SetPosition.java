// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A position like MySQL's: for each origin the set of its transactions, here up to 64, as bits. */
record SetPosition(SortedMap<Integer, Long> bitsByOrigin) implements Position {
  static final String TAG = "gtid";
  static final PositionType TYPE = new Type();

  static SetPosition of(int origin, long bits) {
    return new SetPosition(new TreeMap<>(Map.of(origin, bits)));
  }

  @Override
  public String typeTag() {
    return TAG;
  }

  @Override
  public Position merge(Position other) {
    if (!(other instanceof SetPosition that)) {
      return Position.unresolved();
    }
    TreeMap<Integer, Long> union = new TreeMap<>(bitsByOrigin);
    that.bitsByOrigin.forEach((origin, bits) -> union.merge(origin, bits, (a, b) -> a | b));
    return new SetPosition(union);
  }

  @Override
  public boolean covers(Position other) {
    return other instanceof SetPosition that
        && that.bitsByOrigin.entrySet().stream()
            .allMatch(e -> (e.getValue() & ~bitsByOrigin.getOrDefault(e.getKey(), 0L)) == 0);
  }

  @Override
  public byte[] encode() {
    ByteBuffer out = ByteBuffer.allocate(12 * bitsByOrigin.size());
    bitsByOrigin.forEach((origin, bits) -> out.putInt(origin).putLong(bits));
    return out.array();
  }

  private static final class Type implements PositionType {
    @Override
    public String tag() {
      return TAG;
    }

    @Override
    public Optional<Position> decode(byte[] payload) {
      if (payload.length == 0 || payload.length % 12 != 0) {
        return Optional.empty();
      }
      TreeMap<Integer, Long> bits = new TreeMap<>();
      ByteBuffer in = ByteBuffer.wrap(payload);
      while (in.hasRemaining()) {
        int origin = in.getInt();
        long mask = in.getLong();
        if (mask == 0 || (!bits.isEmpty() && origin <= bits.lastKey())) {
          return Optional.empty();
        }
        bits.put(origin, mask);
      }
      return Optional.of(new SetPosition(bits));
    }
  }
}
