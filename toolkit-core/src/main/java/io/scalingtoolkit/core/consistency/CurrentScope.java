// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The scope each thread works in; every method speaks of the calling thread alone. */
final class CurrentScope {
  private static final Logger LOG = LoggerFactory.getLogger(CurrentScope.class);
  private static final ThreadLocal<@Nullable ConsistencyScope> CURRENT = new ThreadLocal<>();

  private CurrentScope() {}

  static @Nullable ConsistencyScope get() {
    return CURRENT.get();
  }

  /** Makes {@code scope} current, or the nearest one around it that this thread has not closed. */
  static void set(@Nullable ConsistencyScope scope) {
    ConsistencyScope open = scope;
    while (open != null && open.isClosedByThisThread()) {
      open = open.enclosing();
    }
    if (open == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(open);
    }
  }

  /** Makes {@code scope} current and returns what was. */
  static @Nullable ConsistencyScope replace(@Nullable ConsistencyScope scope) {
    ConsistencyScope before = CURRENT.get();
    set(scope);
    return before;
  }

  /**
   * Closes the scopes that this thread opened inside {@code outer} and left open.
   *
   * @param outer the scope to stop at, or null to close all
   * @return whether {@code outer} is among the current scopes of this thread, which null always is
   */
  static boolean closeInside(@Nullable ConsistencyScope outer) {
    ConsistencyScope scope = CURRENT.get();
    if (outer != null && !encloses(outer, scope)) {
      return false;
    }
    int left = 0;
    while (scope != outer && scope != null) {
      if (scope.markClosed()) {
        left++;
      }
      scope = scope.enclosing();
    }
    if (left > 0) {
      LOG.warn(
          "Closed {} consistency scope(s) that were left open on thread {}; close each in the"
              + " block that opens it",
          left,
          Thread.currentThread().getName());
    }
    return true;
  }

  private static boolean encloses(ConsistencyScope outer, @Nullable ConsistencyScope inner) {
    ConsistencyScope scope = inner;
    while (scope != null && scope != outer) {
      scope = scope.enclosing();
    }
    return scope == outer;
  }
}
