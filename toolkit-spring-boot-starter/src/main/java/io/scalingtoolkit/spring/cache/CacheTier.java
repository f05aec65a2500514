// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

/** Where a cache keeps its entries; immutable. */
public enum CacheTier {
  /** In this process. */
  MEMORY,
  /** In Redis, shared with other processes, and nowhere else: each hit is a question to it. */
  REDIS,
  /** In Redis, and what this process has read from there in its memory too. */
  BOTH
}
