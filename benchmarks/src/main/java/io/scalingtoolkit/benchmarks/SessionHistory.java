// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What one session knows of the items: versions it has been told were written, and versions it has
 * read. Each is a floor for the reads that the session begins afterwards (read your writes and
 * monotonic reads; Terry et al., "Session Guarantees for Weakly Consistent Replicated Data", 1994).
 * Confined.
 */
final class SessionHistory {
  private final Map<String, Long> written = new HashMap<>();
  private final Map<String, Long> seen = new HashMap<>();
  private final ReadCounts counts;

  /**
   * @param counts what the reads are counted in
   */
  SessionHistory(ReadCounts counts) {
    this.counts = counts;
  }

  /** Notes a write whose answer has arrived. */
  void wrote(String item, long version) {
    written.merge(item, version, Math::max);
  }

  /**
   * Judges a read that began after everything noted so far.
   *
   * @param version what was read; empty when the item was not there, which is older than any
   *     version
   */
  void read(String item, OptionalLong version) {
    long found = version.orElse(0);
    Long ownWrite = written.get(item);
    Long earlierRead = seen.get(item);
    if (ownWrite != null) {
      counts.ownWrite(found < ownWrite);
    }
    if (earlierRead != null) {
      counts.earlierRead(found < earlierRead);
    }
    if (version.isPresent()) {
      seen.merge(item, found, Math::max);
    }
  }
}
