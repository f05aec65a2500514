// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

/**
 * How far one data source has got: a log sequence number, a set of transaction ids, or the like.
 *
 * <p>Implement it next to the engine it describes, together with a {@link PositionType} that reads
 * it back. Implementations are immutable, implement {@code equals} and {@code hashCode}, and form a
 * join-semilattice with {@link #unresolved()} on top:
 *
 * <ul>
 *   <li>{@link #merge} is total, commutative, associative and idempotent;
 *   <li>{@code a.covers(b)} holds exactly when {@code a.merge(b).equals(a)};
 *   <li>equal positions have equal encodings, and what {@link PositionType#decode} makes of an
 *       encoding equals the position it came from.
 * </ul>
 *
 * <p>Positions that no order relates, such as those of two database clusters or of two histories
 * after a failover, are merged either into {@link #unresolved()} or into a position of the
 * implementation's own that holds both; the second must have a bound past which it too becomes
 * unresolved. Picking one of the two would drop a guarantee and also break the laws.
 */
public interface Position {

  /**
   * Returns the tag of the {@link PositionType} that reads this position back, 1 to 8 characters of
   * {@code a-z} and {@code 0-9}.
   */
  String typeTag();

  /**
   * Returns the least position that covers both, for any other position.
   *
   * <p>For a position of another implementation, which includes {@link #unresolved()}, an
   * implementation returns {@link #unresolved()}.
   */
  Position merge(Position other);

  /**
   * Tells whether a server at this position shows everything that {@code other} stands for.
   *
   * <p>Returns false for a position of another implementation, which includes {@link
   * #unresolved()}.
   */
  boolean covers(Position other);

  /**
   * Returns the canonical binary form, a new array that the caller may keep.
   *
   * <p>A form longer than {@value PositionTypes#MAX_PAYLOAD_BYTES} bytes does not travel: the codec
   * sends {@link #unresolved()} in its place.
   */
  byte[] encode();

  /**
   * Returns the position that covers every other and that no server ever reaches.
   *
   * <p>As a requirement it means "something was written or seen, and its position is not known
   * here": only the primary may serve the read. Never use it to describe the progress of a server.
   * There is one instance, so it may be compared with {@code ==}.
   */
  static Position unresolved() {
    return UnresolvedPosition.INSTANCE;
  }
}
