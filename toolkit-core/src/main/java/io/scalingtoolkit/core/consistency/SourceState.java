// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import org.jspecify.annotations.Nullable;

/**
 * What a session knows of one source: a known position, a pending one, both or neither; immutable.
 *
 * <p>Pending means that something was written or seen at {@code sinceNanos} or before whose
 * position is not known yet. Any sample of the primary sent later is an upper bound of it.
 *
 * @param known the merge of all positions known, never the unresolved one
 * @param pending whether there is something whose position is not known
 * @param sinceNanos a monotonic time, meaningful only while pending
 */
record SourceState(@Nullable Position known, boolean pending, long sinceNanos) {
  static final SourceState UNTOUCHED = new SourceState(null, false, 0);

  static SourceState pendingSince(long nanoTime) {
    return new SourceState(null, true, nanoTime);
  }

  /** Returns what a server must cover, or null if it need cover nothing. */
  @Nullable Position requirement() {
    return pending ? Position.unresolved() : known;
  }

  SourceState observed(Position position, long nowNanos) {
    if (position == Position.unresolved()) {
      return wrote(nowNanos);
    }
    if (known == null) {
      return new SourceState(position, pending, sinceNanos);
    }
    if (known.covers(position)) {
      return this;
    }
    return withKnown(known.merge(position), nowNanos);
  }

  SourceState wrote(long nanoTime) {
    if (pending && sinceNanos - nanoTime >= 0) {
      return this;
    }
    return new SourceState(known, true, nanoTime);
  }

  /** Returns the state after a sample of the primary that is later than all that is pending. */
  SourceState resolved(Position sample, long nowNanos) {
    Position merged = known == null ? sample : known.merge(sample);
    return new SourceState(null, false, 0).withKnown(merged, nowNanos);
  }

  private SourceState withKnown(Position merged, long nowNanos) {
    // Positions that cannot be related leave nothing that a server could be compared with. From
    // then on the source promises what its primary itself gives: reads go there until a sample sent
    // after this moment replaces what was known.
    return merged == Position.unresolved()
        ? new SourceState(null, pending, sinceNanos).wrote(nowNanos)
        : new SourceState(merged, pending, sinceNanos);
  }
}
