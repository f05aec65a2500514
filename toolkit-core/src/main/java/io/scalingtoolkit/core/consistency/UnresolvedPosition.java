// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

/** The top of the position lattice: it absorbs every merge and covers everything; immutable. */
enum UnresolvedPosition implements Position {
  INSTANCE;

  /** The empty tag, which no position type can have, marks this position in the encoded form. */
  static final String TAG = "";

  @Override
  public String typeTag() {
    return TAG;
  }

  @Override
  public Position merge(Position other) {
    return this;
  }

  @Override
  public boolean covers(Position other) {
    return true;
  }

  @Override
  public byte[] encode() {
    return new byte[0];
  }

  @Override
  public String toString() {
    return "unresolved";
  }
}
