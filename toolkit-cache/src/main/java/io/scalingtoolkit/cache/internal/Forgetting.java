// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.internal;

/**
 * How an entry is forgotten; immutable.
 *
 * @param positions that later loads must not be older than, empty for none
 * @param ended the intent that ends with it, 0 for none
 * @param begun the intent that begins with it, 0 for none
 * @param millis how long that stands unless it is ended
 */
public record Forgetting(String positions, long ended, long begun, long millis) {
  /** Returns the forgetting of what has changed. */
  public static Forgetting changed(String positions) {
    return new Forgetting(positions, 0, 0, 0);
  }

  /** Returns the forgetting of what may change soon. */
  public static Forgetting announced(long intent, long millis) {
    return new Forgetting("", 0, intent, millis);
  }

  /** Returns the forgetting at the end of an intent. */
  public static Forgetting ended(long intent, String positions) {
    return new Forgetting(positions, intent, 0, 0);
  }
}
