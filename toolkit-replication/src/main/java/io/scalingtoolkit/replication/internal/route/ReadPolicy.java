// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.route;

/**
 * Which replicas may answer a read; immutable.
 *
 * @param kind what is compared
 * @param boundNanos with {@code BOUNDED} the greatest age, else 0
 */
public record ReadPolicy(Kind kind, long boundNanos) {
  /** What a replica is asked. */
  public enum Kind {
    /** Nothing. */
    EVENTUAL,
    /** To hold all that was committed until some time ago. */
    BOUNDED,
    /** To hold all that the session has seen. */
    SESSION,
    /** Replicas are not asked at all. */
    STRONG
  }

  /** Tells whether reads are remembered, so that later ones do not fall behind them. */
  public boolean remembersReads() {
    return kind == Kind.SESSION || kind == Kind.STRONG;
  }
}
