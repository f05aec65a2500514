// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What stands before the instances of an application and spreads requests over them, as a process
 * of its own that ends with this one. Thread-safe.
 */
interface Balancer extends AutoCloseable {

  /** The longest silence of an instance while a client waits. */
  Duration RESPONSE_TIMEOUT = Duration.ofSeconds(30);

  /**
   * Starts one and returns before it answers.
   *
   * @param kind which one
   * @param project where its program and its configuration lie
   * @param port where it listens
   * @param instancePorts ports of the instances on 127.0.0.1, possibly none
   * @param directory where it writes logs and what it needs to run; made when it is missing
   * @throws UserError when it cannot be started
   */
  static Balancer start(
      BalancerKind kind, Project project, int port, List<Integer> instancePorts, Path directory) {
    return start(
        kind,
        project,
        instancePorts,
        new Place(port, directory.toAbsolutePath(), RESPONSE_TIMEOUT));
  }

  /**
   * Where and how one runs.
   *
   * @param port where it listens
   * @param directory absolute path of the folder for its files
   * @param responseTimeout longest silence of an instance, in whole milliseconds
   */
  record Place(int port, Path directory, Duration responseTimeout) {}

  /** As the other one, with a time-out that a test need not wait for. */
  static Balancer start(
      BalancerKind kind, Project project, List<Integer> instancePorts, Place place) {
    kind.unavailable()
        .ifPresent(
            reason -> {
              throw new UserError(reason);
            });
    return switch (kind) {
      case GATEWAY -> GatewayBalancer.start(project, instancePorts, place);
      case NGINX -> NginxBalancer.start(project, instancePorts, place);
      case HAPROXY -> HaproxyBalancer.start(project, instancePorts, place);
    };
  }

  /** What runs, for people, in one line. */
  String report();

  /**
   * Waits until an instance says through the balancer that it is ready.
   *
   * @throws UserError when the balancer ends instead, or that does not happen in time
   */
  void awaitReady(Duration deadline) throws InterruptedException;

  /**
   * Sets the instances. When this returns, no new request goes to one that was taken out; those
   * that it works on are left to it, so it should be ended in good order.
   *
   * @param instancePorts ports of the instances on 127.0.0.1, possibly none
   * @throws UserError when the balancer does not take the change; it then goes on with the old ones
   */
  void update(List<Integer> instancePorts);

  /** Lets requests in work end and stops it. Closing twice is allowed. */
  @Override
  void close();
}
