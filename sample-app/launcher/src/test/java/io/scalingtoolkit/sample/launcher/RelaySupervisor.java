// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** A supervisor process of phase 3 whose load balancer is a {@link RelayBalancer}. */
public final class RelaySupervisor {

  private RelaySupervisor() {}

  /**
   * Runs until it is told to stop.
   *
   * @param args project folder, data folder, port, number of instances, database
   */
  public static void main(String[] args) throws InterruptedException {
    Project project = new Project(Path.of(args[0]));
    FleetStart start =
        new FleetStart(
            project,
            new RunStates(project.stateFolder()),
            new ListeningPorts(Path.of("/proc")),
            new PreparedFolder(project.preparedFolder(), project.appJar()),
            System.out,
            (kind, root, port, instances, directory) -> relay(port, instances));
    int port = Integer.parseInt(args[2]);
    System.exit(
        start.supervise(
            new Start.Options(
                3,
                Database.of(args[4]),
                false,
                port,
                Path.of(args[1]),
                true,
                Integer.parseInt(args[3]),
                BalancerKind.GATEWAY)));
  }

  private static Balancer relay(int port, java.util.List<Integer> instances) {
    try {
      return new RelayBalancer(port, instances);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
