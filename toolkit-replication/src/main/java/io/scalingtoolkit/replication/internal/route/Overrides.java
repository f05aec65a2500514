// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.route;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the code around a statement asks for it, by thread; immutable values in a thread-local.
 *
 * @param target where to go, or null for no wish
 * @param policy which replicas qualify, or null for the data source's own
 */
public record Overrides(@Nullable Target target, @Nullable ReadPolicy policy) {
  /** Where to go. */
  public enum Target {
    /** The primary, always. */
    PRIMARY,
    /** A replica also where the text of the statement leaves doubt. */
    REPLICA
  }

  /** No wishes. */
  public static final Overrides NONE = new Overrides(null, null);

  private static final ThreadLocal<@Nullable Overrides> CURRENT = new ThreadLocal<>();

  /** Returns what this thread asks for now. */
  public static Overrides current() {
    return Objects.requireNonNullElse(CURRENT.get(), NONE);
  }

  /** Makes {@code overrides} current; null for none. Returns what was. */
  public static @Nullable Overrides replace(@Nullable Overrides overrides) {
    Overrides before = CURRENT.get();
    if (overrides == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(overrides);
    }
    return before;
  }

  /** Returns these with what {@code inner} asks for on top. */
  public Overrides with(Overrides inner) {
    return new Overrides(
        inner.target == null ? target : inner.target, inner.policy == null ? policy : inner.policy);
  }
}
