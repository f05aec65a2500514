// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.consistency.PositionSource;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.replication.internal.engine.Sample;
import java.sql.SQLException;

/**
 * One server from one start to its end, the identity by which sessions remember where they read;
 * thread-safe.
 *
 * <p>A server that restarts may open for reads at an earlier position than it had shown before, so
 * nothing that is known of one incarnation says anything about the next.
 */
public final class Incarnation implements PositionSource {
  private final Node node;
  private final String id;

  Incarnation(Node node, String id) {
    this.node = node;
    this.id = id;
  }

  /** Returns the server. */
  public Node node() {
    return node;
  }

  String id() {
    return id;
  }

  @Override
  public Position sample() throws SQLException, InterruptedException {
    MonotonicClock clock = node.settings().clock();
    Reading reading =
        node.prober().awaitSentAfter(clock.nanoTime(), node.settings().sampleWaitNanos());
    if (reading == null || reading.server() != this) {
      throw new SQLException(node.name() + " gives no position in time", "08S01");
    }
    Sample sample = reading.sample();
    return sample.position();
  }

  @Override
  public String toString() {
    return node.name() + "@" + id;
  }
}
