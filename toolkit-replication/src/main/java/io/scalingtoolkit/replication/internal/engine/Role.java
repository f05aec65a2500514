// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

/** What a server says of itself. */
public enum Role {
  /** It accepts writes. */
  PRIMARY,
  /** It replays what a primary wrote, and refuses writes. */
  REPLICA
}
