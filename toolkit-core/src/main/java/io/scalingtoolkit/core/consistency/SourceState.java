// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import io.scalingtoolkit.core.time.MonotonicClock;
import org.jspecify.annotations.Nullable;

/**
 * What a session knows of one source: a known position, a pending one, both or neither, and perhaps
 * a server it has read from since; immutable.
 *
 * <p>Pending means that something was written or seen at {@code sinceNanos} or before whose
 * position is not known yet. Any sample of the primary sent later is an upper bound of it. What was
 * read from a server that is not the primary is bounded by a later sample of that server, too.
 *
 * <p>The clock is read only where a change has no time of its own.
 *
 * @param known the merge of all positions known, never the unresolved one
 * @param pending whether there is something whose position is not known
 * @param sinceNanos a monotonic time, meaningful only while pending
 * @param server the one server read from whose position is not known, null while pending
 * @param serverNanos the time of the latest read from it
 */
record SourceState(
    @Nullable Position known,
    boolean pending,
    long sinceNanos,
    @Nullable PositionSource server,
    long serverNanos)
    implements ReadRequirement {
  static final SourceState UNTOUCHED = new SourceState(null, false, 0, null, 0);

  static SourceState pendingSince(long nanoTime) {
    return new SourceState(null, true, nanoTime, null, 0);
  }

  @Override
  public @Nullable Position position() {
    return pending ? Position.unresolved() : known;
  }

  /** Returns what a server that is not in {@link #server()} must cover. */
  @Nullable Position requirement() {
    return pending || server != null ? Position.unresolved() : known;
  }

  SourceState observed(Position position, MonotonicClock clock) {
    if (position == Position.unresolved()) {
      return wrote(clock.nanoTime());
    }
    if (known == null) {
      return new SourceState(position, pending, sinceNanos, server, serverNanos);
    }
    if (known.covers(position)) {
      return this;
    }
    return withKnown(known.merge(position), clock);
  }

  SourceState wrote(long nanoTime) {
    if (pending && sinceNanos - nanoTime >= 0) {
      return this;
    }
    // A sample of the primary sent later also bounds what a server showed before.
    long since = server == null ? nanoTime : later(nanoTime, serverNanos);
    return new SourceState(known, true, since, null, 0);
  }

  /** Returns the state after a read from a server that is not the primary. */
  SourceState read(PositionSource from, long nanoTime) {
    if (pending) {
      return wrote(nanoTime);
    }
    if (server != null && server != from) {
      return wrote(nanoTime);
    }
    long at = server == null ? nanoTime : later(nanoTime, serverNanos);
    return new SourceState(known, false, 0, from, at);
  }

  /** Returns the state after a sample of the primary that is later than all that is pending. */
  SourceState resolved(Position sample, MonotonicClock clock) {
    Position merged = known == null ? sample : known.merge(sample);
    return UNTOUCHED.withKnown(merged, clock);
  }

  /** Returns the state with {@code sample} in the place of what is known. */
  SourceState knowing(Position sample) {
    return new SourceState(sample, pending, sinceNanos, server, serverNanos);
  }

  private SourceState withKnown(Position merged, MonotonicClock clock) {
    // Positions that cannot be related leave nothing that a server could be compared with. From
    // then on the source promises what its primary itself gives: reads go there until a sample sent
    // after this moment replaces what was known.
    return merged == Position.unresolved()
        ? new SourceState(null, pending, sinceNanos, server, serverNanos).wrote(clock.nanoTime())
        : new SourceState(merged, pending, sinceNanos, server, serverNanos);
  }

  private static long later(long a, long b) {
    return a - b >= 0 ? a : b;
  }
}
