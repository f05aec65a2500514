// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.internal;

/**
 * Positions in databases to be added to those that loads of all keys must not be older than;
 * immutable.
 *
 * @param seen what there was, which {@code all} can take the place of
 * @param all what is added, texts with commas between them, empty for nothing
 */
public record Positions(String seen, String all) {
  /** Nothing to be added. */
  public static final Positions NONE = new Positions("", "");

  /** What stands for too many of them. */
  public static final String TOO_MANY = "*";

  private static final int MOST_CHARS = 1000;

  /** Returns these and others together. */
  public Positions and(Positions other) {
    if (other.all.isEmpty() || other.equals(this)) {
      return this;
    }
    if (all.isEmpty()) {
      return other;
    }
    return new Positions(
        "", all.length() + other.all.length() > MOST_CHARS ? TOO_MANY : all + "," + other.all);
  }
}
