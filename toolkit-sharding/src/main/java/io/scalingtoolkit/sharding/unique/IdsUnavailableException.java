// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

/** No id can be handed out now without the risk that somebody else hands out the same. */
public final class IdsUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why not. */
  public enum Reason {
    /** The lease of the node could not be renewed in time; ids come again once it is. */
    LEASE_OVER,
    /** The clock of this machine is behind the ids handed out already; they come when it is not. */
    CLOCK_BEHIND,
    /** The clock of this machine is ahead of what the lease allows until it is renewed. */
    CLOCK_AHEAD,
    /** The clock of this machine is before the epoch of the ids, or 69 years after it. */
    CLOCK_OUT_OF_RANGE,
    /** {@link TimeOrderedIds#close} was called. */
    CLOSED
  }

  private final Reason reason;

  IdsUnavailableException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why not. */
  public Reason reason() {
    return reason;
  }
}
