// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.nio.ByteBuffer;
import java.util.Optional;

/** A position like PostgreSQL's: log positions compare within one history of one cluster only. */
public record LsnPosition(long systemId, int timeline, long lsn) implements Position {
  static final String TAG = "pg";

  @Override
  public String typeTag() {
    return TAG;
  }

  @Override
  public Position merge(Position other) {
    if (!(other instanceof LsnPosition that) || !sameHistory(that)) {
      return Position.unresolved();
    }
    return that.lsn > lsn ? that : this;
  }

  @Override
  public boolean covers(Position other) {
    return other instanceof LsnPosition that && sameHistory(that) && lsn >= that.lsn;
  }

  private boolean sameHistory(LsnPosition that) {
    return systemId == that.systemId && timeline == that.timeline;
  }

  @Override
  public byte[] encode() {
    return ByteBuffer.allocate(20).putLong(systemId).putInt(timeline).putLong(lsn).array();
  }

  /** Reads it back; listed for the service loader. */
  public static final class Type implements PositionType {
    @Override
    public String tag() {
      return TAG;
    }

    @Override
    public Optional<Position> decode(byte[] payload) {
      if (payload.length != 20) {
        return Optional.empty();
      }
      ByteBuffer in = ByteBuffer.wrap(payload);
      return Optional.of(new LsnPosition(in.getLong(), in.getInt(), in.getLong()));
    }
  }
}
