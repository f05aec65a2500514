// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

/**
 * What a comment in the statement asks for: <code>/*@primary*&#47;</code> or <code>/*@replica*&#47;
 * </code>, anywhere outside of quotes, in any case, with blanks around the word if wished.
 *
 * <p>The classifier reports a hint and does not act on it. Whoever routes must let {@link #REPLICA}
 * lift {@link StatementKind#UNCERTAIN} only, never a kind after it. Immutable.
 */
public enum RouteHint {
  /** No hint. */
  NONE,
  /** Run it on the primary; also the outcome of two hints that differ. */
  PRIMARY,
  /** The author vouches that a replica's answer will do and that nothing is written. */
  REPLICA
}
