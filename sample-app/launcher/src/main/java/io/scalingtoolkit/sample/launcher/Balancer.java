// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What spreads requests over the instances. Thread-safe. */
interface Balancer extends AutoCloseable {

  /**
   * Starts one.
   *
   * @param port where it listens
   * @param instancePorts ports of the instances on 127.0.0.1
   * @param directory for its files and logs
   * @throws UserError when it cannot start
   */
  static Balancer start(
      BalancerKind kind, Project project, int port, List<Integer> instancePorts, Path directory) {
    // Stands here until the real one is merged.
    return Optional.<Balancer>empty()
        .orElseThrow(() -> new UserError("this build has no load balancer " + kind));
  }

  /** What runs, for people, in one line. */
  String report();

  /**
   * Waits until a request gets through.
   *
   * @throws UserError when that takes longer
   */
  void awaitReady(Duration limit) throws InterruptedException;

  /** Sends new requests to these instances only; those in work are not cut off. */
  void update(List<Integer> instancePorts);

  @Override
  void close();
}
