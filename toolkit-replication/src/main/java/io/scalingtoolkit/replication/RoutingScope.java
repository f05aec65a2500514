// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.replication.internal.route.Overrides;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of code that asks for more or less than its data source is set to, on this thread.
 *
 * <p>Open with try-with-resources. Scopes nest, the inner one wins for what it says. It does not
 * travel to other threads. What it asks for holds for transactions that begin and statements in
 * autocommit that start inside it; a transaction that is open stays where it is. Confined to the
 * thread that opened it.
 */
public final class RoutingScope implements AutoCloseable {
  private final Thread owner = Thread.currentThread();
  private final @Nullable Overrides before;
  private boolean closed;

  private RoutingScope(Overrides asked) {
    before = Overrides.replace(Overrides.current().with(asked));
  }

  /** Opens a scope in which everything goes to the primary. */
  public static RoutingScope primary() {
    return new RoutingScope(new Overrides(Overrides.Target.PRIMARY, null));
  }

  /**
   * Opens a scope in which statements whose text leaves in doubt whether they write may go to a
   * replica. Statements that do write still go to the primary, and replicas must still satisfy the
   * consistency asked for.
   */
  public static RoutingScope replica() {
    return new RoutingScope(new Overrides(Overrides.Target.REPLICA, null));
  }

  /** Opens a scope with another consistency than that of the data source. */
  public static RoutingScope consistency(ReadConsistency consistency) {
    return new RoutingScope(
        new Overrides(null, Policies.of(Objects.requireNonNull(consistency, "consistency"))));
  }

  /**
   * Ends the scope; a second call does nothing.
   *
   * @throws IllegalStateException if called by another thread than the one that opened it
   */
  @Override
  public void close() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "a routing scope must be closed by the thread that opened it, " + owner.getName());
    }
    if (!closed) {
      closed = true;
      Overrides.replace(before);
    }
  }
}
