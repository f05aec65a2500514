// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

/**
 * What the {@link Judge} looks for. The four session guarantees are those of Terry et al., "Session
 * guarantees for weakly consistent replicated data" (1994), in a form that a history can show.
 */
public enum Guarantee {
  /**
   * A read of a key sees at least the newest version that its session had written, with an
   * acknowledgement, before the read began.
   */
  READ_YOUR_WRITES("read your writes"),
  /** A read of a key sees at least the newest version that its session had seen before. */
  MONOTONIC_READS("monotonic reads"),
  /**
   * Writes of one session arrive in their order: who has seen a row that names an earlier write of
   * the row's own writer sees at least that version of the other key afterwards.
   */
  MONOTONIC_WRITES("monotonic writes"),
  /**
   * A write arrives after what its session had seen: who has seen a row that names another
   * session's write sees at least that version of the other key afterwards.
   */
  WRITES_FOLLOW_READS("writes follow reads"),
  /** At the end each key has at least its newest acknowledged version. */
  NO_LOST_WRITES("no lost writes"),
  /**
   * A read sees a version that was written, and not before the write began. A violation means that
   * the recording is wrong or the database is, and that the other counts prove little.
   */
  NO_INVENTED_VERSIONS("no invented versions");

  private final String words;

  Guarantee(String words) {
    this.words = words;
  }

  /** Returns the name in plain words, lower case. */
  @Override
  public String toString() {
    return words;
  }
}
