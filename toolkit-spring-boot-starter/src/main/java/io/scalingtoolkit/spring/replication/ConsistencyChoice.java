// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

/** What a read is promised; see {@code ReadConsistency}. */
enum ConsistencyChoice {
  /** Everything the session has written or read. */
  SESSION,
  /** Data of any age. */
  EVENTUAL,
  /** The primary, always. */
  STRONG,
  /** Data not older than {@code max-staleness}. */
  BOUNDED
}
