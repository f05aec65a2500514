// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.time.Duration;

/**
 * How a cluster is watched; immutable. The builder of the data source has checked the values.
 *
 * @param name name of the data source, for threads and messages
 * @param clock the one clock of sessions and samples
 * @param probeInterval time from one sample of a node to the next when nobody asks for one sooner
 * @param minProbeGap least time from one sample of a node to the next
 * @param deadAfter silence after which a node is taken for dead
 * @param slowStart time in which a node that came back reaches its full share
 * @param sampleWait how long somebody who needs a sample at once waits for it
 */
public record ClusterSettings(
    String name,
    MonotonicClock clock,
    Duration probeInterval,
    Duration minProbeGap,
    Duration deadAfter,
    Duration slowStart,
    Duration sampleWait) {

  long sampleWaitNanos() {
    return sampleWait.toNanos();
  }
}
