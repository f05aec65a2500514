// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.internal.node.Incarnation;
import io.scalingtoolkit.replication.internal.node.Lease;
import io.scalingtoolkit.replication.internal.route.ReadPolicy;
import io.scalingtoolkit.replication.internal.route.Router;
import org.jspecify.annotations.Nullable;

/**
 * What one connection has written and seen, kept in the scope that is current, or in one of its own
 * where there is none; confined.
 *
 * <p>Most connections without a scope live for one statement. So what they see is only noted here,
 * and becomes a scope of their own when another statement has to be compared with it.
 */
final class Session {
  private final Router router;
  private @Nullable ConsistencyScope own;
  // Noted, and not in `own` yet.
  private boolean noted;
  private long notedNanos;

  Session(Router router) {
    this.router = router;
  }

  /** Returns what a read must be compared with; null for nothing. */
  @Nullable ConsistencyScope forRead() {
    ConsistencyScope scope = ConsistencyScope.current();
    if (scope != null) {
      return scope;
    }
    if (noted) {
      noted = false;
      own().wrote(router.source(), notedNanos);
    }
    return own;
  }

  private ConsistencyScope own() {
    if (own == null) {
      own = ConsistencyScope.detached(Bookmark.empty(), router.cluster().settings().clock());
    }
    return own;
  }

  /** Notes a write, or what may have been one. */
  void wrote() {
    note();
  }

  /** Notes a commit whose position is known. */
  void committed(Position position) {
    ConsistencyScope scope = ConsistencyScope.current();
    (scope == null ? own() : scope).observe(router.source(), position);
  }

  /** Notes a read from the primary. */
  void read(Lease lease, ReadPolicy policy) {
    if (lease.isPrimary() && policy.remembersReads()) {
      note();
    }
  }

  /** Notes that a replica that was read from outside of any scope is left. */
  void left(Incarnation server) {
    own().readFrom(router.source(), server, router.now());
  }

  private void note() {
    long now = router.now();
    ConsistencyScope scope = ConsistencyScope.current();
    if (scope == null) {
      noted = true;
      notedNanos = now;
    } else {
      scope.register(router.source(), router.primarySource());
      scope.wrote(router.source(), now);
      router.demand();
    }
  }
}
