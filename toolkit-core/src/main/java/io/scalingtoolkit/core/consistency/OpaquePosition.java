// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * A position of a type this process does not know, kept so that a process which does can read it.
 *
 * <p>Merging two of them cannot tell which is later, so both encodings are kept and whoever knows
 * the type merges them. Immutable.
 */
final class OpaquePosition implements Position {
  // Invariants: payloads are distinct, sorted by unsigned byte order, 1 to MAX_PAYLOADS of them and
  // at most PositionTypes.MAX_PAYLOAD_BYTES in all. A union past either bound is unresolved. Both
  // measures only grow under union, so the unions past the bound are closed upwards and collapsing
  // them into one top element keeps merge associative.
  //
  // A known position and an opaque one of the same tag merge into unresolved as well. Adding the
  // encoding of the known one to the set would not be associative: a merge of two known positions
  // is one encoding, while each added on its own would be two.
  static final int MAX_PAYLOADS = 8;

  private final String typeTag;
  private final List<byte[]> payloads;

  private OpaquePosition(String typeTag, List<byte[]> payloads) {
    this.typeTag = typeTag;
    this.payloads = payloads;
  }

  static OpaquePosition of(String typeTag, byte[] payload) {
    return new OpaquePosition(typeTag, List.of(payload.clone()));
  }

  @Override
  public String typeTag() {
    return typeTag;
  }

  /** Returns the encodings, ascending; the arrays belong to this position. */
  List<byte[]> payloads() {
    return payloads;
  }

  @Override
  public Position merge(Position other) {
    if (!(other instanceof OpaquePosition that) || !that.typeTag.equals(typeTag)) {
      return Position.unresolved();
    }
    if (covers(that)) {
      return this;
    }
    TreeSet<byte[]> union = new TreeSet<>(Arrays::compareUnsigned);
    union.addAll(payloads);
    union.addAll(that.payloads);
    int bytes = union.stream().mapToInt(payload -> payload.length).sum();
    if (union.size() > MAX_PAYLOADS || bytes > PositionTypes.MAX_PAYLOAD_BYTES) {
      return Position.unresolved();
    }
    return new OpaquePosition(typeTag, List.copyOf(union));
  }

  @Override
  public boolean covers(Position other) {
    if (!(other instanceof OpaquePosition that) || !that.typeTag.equals(typeTag)) {
      return false;
    }
    for (byte[] payload : that.payloads) {
      if (!holds(payload)) {
        return false;
      }
    }
    return true;
  }

  private boolean holds(byte[] payload) {
    for (byte[] own : payloads) {
      if (Arrays.equals(own, payload)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the first encoding; the wire format asks for {@link #payloads} instead. */
  @Override
  public byte[] encode() {
    return payloads.get(0).clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OpaquePosition that
        && that.payloads.size() == payloads.size()
        && covers(that);
  }

  @Override
  public int hashCode() {
    int hash = typeTag.hashCode();
    for (byte[] payload : payloads) {
      hash = 31 * hash + Arrays.hashCode(payload);
    }
    return hash;
  }

  @Override
  public String toString() {
    return "opaque " + typeTag + " x" + payloads.size();
  }
}
