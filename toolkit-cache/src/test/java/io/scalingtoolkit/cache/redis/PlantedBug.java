// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

/** What is wrong with a {@link BrokenCache}; each was the design of some cache in use. */
enum PlantedBug {
  /** What was loaded is stored without a look at what has happened meanwhile. */
  PLAIN_SET,
  /** Nobody hears of what others have invalidated; what is in memory lives its time. */
  NO_TRACKING,
  /** A new connection in the place of a lost one tells of nothing. */
  NO_TRACKING_AFTER_RECONNECT,
  /** A connection that is silent is taken to be alive for ever. */
  NO_SIGN_OF_LIFE,
  /** What Redis tells while something is read does not keep it from memory. */
  NO_POISON;
}
