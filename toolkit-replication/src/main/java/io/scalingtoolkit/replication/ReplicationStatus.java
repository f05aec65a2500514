// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a data source knows of its nodes and has decided so far. Immutable.
 *
 * @param source name of the data source
 * @param primary name of the node that writes are sent to, also while it does not answer and no
 *     other has taken its place; null while writes are refused
 * @param obstacle why writes are refused; empty while there is a primary
 * @param nodes all nodes in the order they were added, unmodifiable
 * @param decisions number of routing decisions by reason, unmodifiable; reasons without any are
 *     left out
 * @param heals statements that a replica refused and the primary ran
 * @param retries reads that ran again elsewhere
 * @param rebases session positions replaced because the primary did not cover them
 * @param failovers changes from one primary to another
 */
public record ReplicationStatus(
    String source,
    @Nullable String primary,
    String obstacle,
    List<NodeStatus> nodes,
    Map<String, Long> decisions,
    long heals,
    long retries,
    long rebases,
    long failovers) {

  /**
   * One node. Immutable.
   *
   * @param name its name
   * @param role what it says of itself, {@code primary} or {@code replica}; {@code unknown} while
   *     it does not answer
   * @param state {@code in use}, {@code silent}, {@code fenced}, {@code draining}, {@code
   *     quarantined} or {@code foreign}
   * @param lagSeconds upper bound of the age of its data; null while unknown
   * @param position how far it has got, in the notation of its product; null while unknown
   * @param inFlight connections of it in use
   * @param latencyMillis moving estimate of the time of a read; 0 before the first
   * @param weight its share relative to the others
   * @param zone where it stands, or null
   * @param discovered whether it was found at run time
   * @param lastFailure why it last did not answer, or null
   */
  public record NodeStatus(
      String name,
      String role,
      String state,
      @Nullable Double lagSeconds,
      @Nullable String position,
      int inFlight,
      double latencyMillis,
      double weight,
      @Nullable String zone,
      boolean discovered,
      @Nullable String lastFailure) {}
}
