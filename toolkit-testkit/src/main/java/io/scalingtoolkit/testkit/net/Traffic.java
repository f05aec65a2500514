// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

/**
 * A snapshot of what has passed through a {@link FaultProxy} since it started. Immutable.
 *
 * @param accepted connections accepted and relayed, at least 0; refused, reset and black-holed
 *     dials do not count
 * @param open connections open at the moment of the snapshot, at least 0
 * @param bytesToServer bytes handed to the kernel towards the server, at least 0
 * @param bytesToClient bytes handed to the kernel towards clients, at least 0
 * @param roundTrips bursts of client bytes, summed over connections: a burst begins with a
 *     connection's first client byte and with each client byte that follows a server byte. For a
 *     client that waits for each answer this is its number of requests; for one that pipelines it
 *     is at most that number
 */
public record Traffic(
    long accepted, int open, long bytesToServer, long bytesToClient, long roundTrips) {

  /**
   * The difference between this snapshot and an earlier one of the same proxy.
   *
   * @param earlier a snapshot taken before this one
   * @return the counts since then; {@code open} stays as it is in this snapshot
   */
  public Traffic since(Traffic earlier) {
    return new Traffic(
        accepted - earlier.accepted,
        open,
        bytesToServer - earlier.bytesToServer,
        bytesToClient - earlier.bytesToClient,
        roundTrips - earlier.roundTrips);
  }
}
